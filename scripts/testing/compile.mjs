// Compiles every TypeScript file of the project into out/compiled, where compiled.cjs finds it; what is new
// enough is left.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import transforming from './transform.cjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
let made = 0
for (const folder of ['src', 'test', 'bench', 'scripts'])
  for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/(?<!\.d)\.ts$/.test(entry.name)) continue
    const file = path.join(entry.path, entry.name)
    const out = path.join(root, 'out', 'compiled', path.relative(root, file)).replace(/ts$/, 'js')
    const compiledAt = statSync(out, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (compiledAt >= statSync(file).mtimeMs) continue
    mkdirSync(path.dirname(out), { recursive: true })
    writeFileSync(out, transforming.transform(readFileSync(file, 'utf8'), file))
    made++
  }
if (made > 0) console.log(`  ${made} files`)
