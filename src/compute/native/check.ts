import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { replaceFile } from '../../platform/files'
import { Obstacle, runTool } from '../../platform/runTool'

/**
 * Loads an engine and multiplies a small matrix in a separate process, so that a damaged library that crashes
 * takes nothing else down.
 *
 * @throws Obstacle saying what happened there
 */
export async function checkEngine(folder: string, binding: string): Promise<{ tensorflow: string }> {
  const options = { seconds: 120, env: quiet() }
  const { stdout, code } = await runTool(process.execPath, probeArguments(folder, binding), options)
  return judge(stdout, `code ${code}`)
}

/**
 * The same for an addon that came with the package, at its first use: the result is kept in `store`, so that
 * later uses cost nothing.
 */
export function checkInstalled(
  { folder, binding }: { folder: string; binding: string },
  store: string,
): void {
  const { size, mtimeMs } = statSync(binding)
  const record = JSON.stringify({ binding, size, mtimeMs, node: process.version })
  const file = path.join(store, 'installed.json')
  if (readOr(file) === record) return
  const options = { timeout: 120_000, env: quiet(), encoding: 'utf8' } as const
  const { stdout, status, signal } = spawnSync(process.execPath, probeArguments(folder, binding), options)
  judge(stdout, signal ?? `code ${status}`)
  try {
    replaceFile(file, record)
  } catch {
    // Without a writable cache it is checked again next time.
  }
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const quiet = () => ({ ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' })

// From the sources the script is TypeScript and needs the loader that this process runs under.
function probeArguments(folder: string, binding: string): string[] {
  const extension = path.extname(__filename)
  const loader = extension === '.ts' ? ['--import', pathToFileURL(require.resolve('tsx')).href] : []
  return [...loader, path.join(__dirname, `probe${extension}`), folder, binding]
}

function judge(stdout: string, ending: string): { tensorflow: string } {
  const answer = parse(stdout)
  if (answer?.tensorflow !== undefined) return { tensorflow: answer.tensorflow }
  const why = answer?.why ?? `the process that tried it ended with ${ending}`
  throw new Obstacle(
    `the native engine does not run on this machine: ${why}`,
    'The WebAssembly engine works here too',
  )
}

function parse(text: string): { tensorflow?: string; why?: string } | undefined {
  try {
    return JSON.parse(text.slice(text.lastIndexOf('{'))) as { tensorflow?: string; why?: string }
  } catch {
    return undefined
  }
}
