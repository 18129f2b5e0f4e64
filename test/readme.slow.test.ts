import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import {
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  mkdirSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import ts from 'typescript'
import { program } from '../src/apps/cli'
import { inFolder } from './data/temporary'
import { compile, publicNames, root, type PublicName } from './package/publicApi'

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'data/README.md'],
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const readme = read('README.md')
const commandsPage = read('docs/commands.md')
const snippetsOf = (text: string) =>
  [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, snippet]) => snippet)
/** The pages whose snippets are run, with the README's. */
const guides = ['README.md', 'docs/texts.md', 'docs/your-own.md', 'docs/long-trainings.md']
const snippets = guides.flatMap((file) => snippetsOf(read(file)))
/** Those of the other documents; a block that begins with the name of a file is tested with CONTRIBUTING.md. */
const others = documents
  .filter((file) => !guides.includes(file))
  .flatMap((file) => snippetsOf(read(file)).map((text, i) => ({ file: `${file}, number ${i + 1}`, text })))
  .filter(({ text }) => !/^\/\/ (src|test)\//.test(text))
/** Words between backticks, and the commands of shell blocks. */
const code = (text: string) => [
  ...text.replace(/^```(?!sh)[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`|^(np[mx] .*)$/gm),
]
const spoken = documents.flatMap((file) =>
  code(read(file)).map((match) => ({ file, words: match[1] ?? match[2] })),
)

interface Ablation {
  method: string
  metrics: Record<'z' | 'w', Record<'au' | 'mi', { value: number }>>
}

/**
 * The only changes to a snippet before it runs: less data, fewer passes and draws, no network. Each must find its place.
 */
const smaller: [from: string, to: string][] = [
  ['lid.data.fashionMnist()', 'lid.data.fashionMnist({ train: 200, test: 100, download: false })'],
  ['epochs: 8', 'epochs: 1'],
  ['epochs: 5,', 'epochs: 1,'],
  ['epochs: 40,', 'epochs: 2,'],
  ['epochs: 60,', 'epochs: 2,'],
  ['train: 2000, test: 200', 'train: 300, test: 100'],
  ['lid.diagnose(model, test)', 'lid.diagnose(model, test, { samples: 5 })'],
]

describe('the snippets of the guides', () => {
  let names: PublicName[]
  before(() => {
    execFileSync(process.execPath, [path.join(root, 'bin', 'lidvae.js'), '--only-build'], { stdio: 'pipe' })
    names = publicNames(compile())
  })

  it('are there', () => assert.ok(snippets.length >= 4))

  it('find each setting that is made smaller', () => {
    for (const [from] of smaller)
      assert.ok(
        snippets.some((text) => text.includes(from)),
        from,
      )
  })

  for (const [i, text] of snippets.entries()) {
    it(`compile and run: number ${i + 1}`, async () => {
      const whole = smaller.reduce((now, [from, to]) => now.replaceAll(from, to), text)
      await inFolder(async (folder) => {
        mkdirSync(path.join(folder, 'node_modules'))
        symlinkSync(root, path.join(folder, 'node_modules', 'lidvae'), 'junction')
        const problems = typeCheck(folder, text)
        assert.deepEqual(problems, [])
        const [head, ...body] = whole.split('\n')
        assert.equal(head, "import * as lid from 'lidvae'")
        // A cell may await at its top; a CommonJS file needs a function around it.
        const cell = `${head}\nasync function cell() {\n${body.join('\n')}\n}\ncell().catch((error) => { console.error(error); process.exit(1) })`
        const { outputText } = ts.transpileModule(cell, {
          compilerOptions: {
            module: ts.ModuleKind.CommonJS,
            target: ts.ScriptTarget.ES2021,
            esModuleInterop: true,
          },
        })
        writeFileSync(path.join(folder, 'cell.js'), outputText)
        const env = { ...process.env, LIDVAE_DATA: '', LIDVAE_CACHE: path.join(folder, 'cache') }
        const { stdout } = await promisify(execFile)(process.execPath, ['cell.js'], { cwd: folder, env })
        assert.match(stdout, /epoch 1\/\d+ {2}loss \d/, stdout)
        if (text.includes('lid.show('))
          assert.ok(readdirSync(path.join(folder, 'out')).some((name) => name.endsWith('.png')))
        else assert.match(stdout, /^z: /m, stdout)
      })
    })
  }

  for (const { file, text } of others)
    it(`compile elsewhere too: ${file}`, () =>
      inFolder((folder) => {
        mkdirSync(path.join(folder, 'node_modules'))
        symlinkSync(root, path.join(folder, 'node_modules', 'lidvae'), 'junction')
        assert.deepEqual(typeCheck(folder, text), [])
        return Promise.resolve()
      }))

  it('speak only of names that are public', () => {
    const known = new Set(names.map(({ name }) => name))
    const wrong = spoken.flatMap(({ file, words }) =>
      [...words.matchAll(/\blid\.((?:data\.|plots\.)?\w+)/g)]
        .filter(([, name]) => !known.has(name) && !name.startsWith('tf'))
        .filter(([, name]) => file !== 'docs/browser.md' || !ofBrowsers.has(name))
        .map(([, name]) => `${file}: lid.${name}`),
    )
    assert.deepEqual(wrong, [])
  })
})

/** Names of the edition for browsers alone. */
const ofBrowsers = new Set(
  [
    ...readFileSync(path.join(root, 'src', 'browser.ts'), 'utf8').matchAll(
      /^export (?:async )?(?:function|const) (\w+)/gm,
    ),
  ]
    .map(([, name]) => name)
    .concat('loadCharts', 'setChannel', 'decoderNotes'),
)

/** With the declarations of the built package, as a cell of the tslab kernel is checked. */
function typeCheck(folder: string, text: string): string[] {
  const file = path.join(folder, 'cell.ts')
  writeFileSync(file, `${text}\nexport {}\n`)
  const checked = ts.createProgram([file], {
    module: ts.ModuleKind.ESNext,
    // The edition for browsers is for bundlers, tslab knows the other.
    moduleResolution: text.includes("'lidvae/browser'")
      ? ts.ModuleResolutionKind.Bundler
      : ts.ModuleResolutionKind.Node10,
    target: ts.ScriptTarget.ES2022,
    preserveSymlinks: false,
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  })
  return ts
    .getPreEmitDiagnostics(checked, checked.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

describe('what the documents name', () => {
  it('exists: files and folders', () => {
    // What a run makes is not there beforehand.
    const made = /^(out|results|runs|site)\/|^\.venv/
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const wrong = spoken.flatMap(({ file, words }) =>
      words
        .split(/[\s,]+/)
        .filter((word) => folders.some(({ name }) => word.startsWith(`${name}/`)) && !made.test(word))
        .filter((word) => !existsSync(path.join(root, word)))
        .map((word) => `${file}: ${word}`),
    )
    assert.deepEqual(wrong, [])
    for (const [, folder, files] of read('docs/models.md').matchAll(
      /^\|[^|]*\| `(src\/\w+)` +\| ([^|]*)\|$/gm,
    ))
      for (const [, name] of files.matchAll(/`([\w.]+\.ts)`/g))
        assert.ok(existsSync(path.join(root, folder, name)), `${folder}/${name}`)
  })

  it('exists: commands and their options', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const commands = program(() => undefined).commands
    let seen = 0
    for (const { file, words } of spoken) {
      for (const [, script] of words.matchAll(/\bnpm run ([\w:-]+)/g))
        assert.ok(++seen && scripts[script], `${file}: npm run ${script}`)
      for (const [, script] of words.matchAll(/\bnpm (start|test)\b/g))
        assert.ok(++seen && scripts[script], `${file}: npm ${script}`)
      for (const [, name, rest] of words.matchAll(/\bnpx lidvae (\w+)([^`]*)/g)) {
        const command = commands.find((one) => one.name() === name)
        assert.ok(++seen && command, `${file}: npx lidvae ${name}`)
        const [word] = rest.trim().split(/\s+/)
        if (/^[a-z]+$/.test(word) && command.commands.length > 0)
          assert.ok(
            command.commands.some((one) => one.name() === word),
            `${file}: npx lidvae ${name} ${word}`,
          )
        for (const [option] of rest.matchAll(/--[\w-]+/g))
          assert.ok(
            command.options.some(({ long }) => long === option),
            `${file}: npx lidvae ${name} ${option}`,
          )
      }
    }
    assert.ok(seen >= 15, `${seen} commands`)
    const unsaid = commands
      .map((one) => one.name())
      .filter((name) => !new RegExp(`npx lidvae ${name}|npm (run )?${name}`).test(commandsPage))
    assert.deepEqual(unsaid, [], 'commands that docs/commands.md leaves out')
  })

  it('exists: environment variables, and none is left out', () => {
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(path.join('src', name)))
      .join('\n')
    for (const [name] of commandsPage.matchAll(/\b(LIDVAE|TF_NUM)_\w+/g))
      assert.ok(sources.includes(name), name)
    // Set by the commands for the kernel, not by people.
    const inner = ['LIDVAE_HEADLESS', 'LIDVAE_SIZE']
    const unsaid = [...sources.matchAll(/env\.(LIDVAE_\w+)/g)].map(([, name]) => name)
    for (const name of unsaid)
      assert.ok(inner.includes(name) || commandsPage.includes(name), `${name} is not in docs/commands.md`)
  })
})

describe('the README', () => {
  it('is a front page: short lines, few of them, small pictures', () => {
    const lines = readme.trimEnd().split('\n')
    assert.ok(lines.length <= 150, `${lines.length} lines`)
    assert.deepEqual(
      lines.filter((line) => [...line].length > 120),
      [],
    )
    const pictures = [...readme.matchAll(/\]\((docs\/[\w/]+\.png)\)/g)].map(([, file]) => file)
    assert.ok(pictures.length >= 5)
    for (const file of pictures) assert.ok(statSync(path.join(root, file)).size < 100_000, file)
  })

  it('names a benchmark only where there is one', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    assert.equal(commandsPage.includes('npm run bench'), scripts.bench !== undefined)
  })

  const records = path.join(root, 'results', 'recipe', 'fashion-mnist')
  const none = existsSync(records) ? false : 'npm run recipe has left no records'
  it('says of the ablations what the records say', { skip: none }, () => {
    const all = readdirSync(records)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(path.join(records, name), 'utf8')) as Ablation)
    const of = (method: string) => {
      const found = all.filter((one) => one.method === method).map(({ metrics }) => metrics)
      assert.ok(found.length > 0, `no record of ${method}`)
      return found
    }
    const keepsW = (method: string) => of(method).every(({ w }) => w.mi.value > 0.5)
    const losesW = (method: string) => of(method).every(({ w }) => w.mi.value < 0.2)
    const lid = of('lid').map(({ w }) => w.mi.value)
    assert.equal((lid.reduce((a, b) => a + b) / lid.length).toFixed(1), '1.4')
    assert.ok(keepsW('lid') && losesW('plain'), 'the pair')
    assert.ok(keepsW('plain decoder, identifiable prior'), 'the prior keeps w')
    assert.ok(losesW('identifiable decoder, plain prior'), 'the map does not')
    assert.ok(keepsW('plain, wide initial means'), 'the start matters')
    for (const half of ['plain decoder, identifiable prior', 'identifiable decoder, plain prior'])
      assert.ok(
        of(half).every(({ z }) => z.au.value >= 0.9),
        `${half}: nine units of z in ten`,
      )
    assert.ok(
      of('plain').every(({ z }) => z.au.value < 0.9),
      'the plain model loses some of z',
    )
  })

  it('says which Node and Python the code asks for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    assert.equal(engines.node, '>=20')
    assert.match(readme, /Node 20 or newer/)
    const [, major, minor] = /least: \[number, number\] = \[(\d+), (\d+)\]/.exec(
      read('src/setup/jupyter.ts'),
    )!
    assert.ok(readme.includes(`Python ${major}.${minor} or newer`))
  })
})
