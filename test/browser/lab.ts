import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

const root = path.join(__dirname, '..', '..')

/** The project's JupyterLab, running on a folder of its own. */
export interface Lab {
  /** Where a notebook of the folder opens. */
  url(notebook: string): string
  /** The folder. */
  readonly folder: string
  /** What it has said so far. */
  log(): string
  /** Ends it with its kernels, and removes the folder. */
  end(): Promise<void>
}

/** Chromium on this machine; undefined where there is none. */
export const chromium = (): string | undefined =>
  [
    process.env.LIDVAE_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((file) => file !== undefined && existsSync(file))

/** Whether anybody listens there. */
export const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (found: boolean) => (): void => {
      socket.destroy()
      resolve(found)
    }
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false))
  })

/**
 * Starts JupyterLab as `npm run lab` does, with nobody's settings.
 *
 * @param notebooks texts of the notebooks in its folder, by name
 * @param theme `'JupyterLab Light'` or `'JupyterLab Dark'`
 */
export async function startLab(notebooks: Record<string, string>, theme = 'JupyterLab Light'): Promise<Lab> {
  const own = await mkdtemp(path.join(tmpdir(), 'lidvae-browser-'))
  const folder = path.join(own, 'notebooks')
  await mkdir(path.join(folder, 'node_modules'), { recursive: true })
  await symlink(root, path.join(folder, 'node_modules', 'lidvae'), 'junction')
  for (const [name, text] of Object.entries(notebooks)) await writeFile(path.join(folder, name), text)
  const setting = async (plugin: string, value: object): Promise<void> => {
    const file = path.join(own, 'settings', '@jupyterlab', `${plugin}.jupyterlab-settings`)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify(value))
  }
  // Without them a window about news covers the notebook.
  await setting('apputils-extension/notification', { fetchNews: 'false', checkForUpdates: false })
  await setting('apputils-extension/themes', { theme })
  const env = {
    ...process.env,
    JUPYTER_CONFIG_DIR: path.join(own, 'config'),
    JUPYTER_DATA_DIR: path.join(own, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(own, 'runtime'),
    JUPYTERLAB_SETTINGS_DIR: path.join(own, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: path.join(own, 'workspaces'),
  }
  const token = 'lidvae-test'
  const args = ['lab', '--no-browser', '--ServerApp.port=0', `--IdentityProvider.token=${token}`]
  const command = [path.join(root, 'bin', 'lidvae.js'), ...args, `--ServerApp.root_dir=${folder}`]
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  let log = ''
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(own, { recursive: true, force: true, maxRetries: 5 })
  }
  const address = await new Promise<string | undefined>((resolve) => {
    const listen = (text: Buffer): void => {
      log += String(text)
      const found = /(http:\/\/127\.0\.0\.1:\d+)\/lab/.exec(log)
      if (found) resolve(found[1])
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    void ended.then(() => resolve(undefined))
  })
  if (address === undefined) {
    await end()
    throw new Error(`JupyterLab did not start:\n${log}`)
  }
  // Jupyter prints its address before it listens there.
  while (child.exitCode === null && !(await answers('127.0.0.1', Number(new URL(address).port))))
    await setTimeout(20)
  return { url: (notebook) => `${address}/lab/tree/${notebook}?token=${token}`, folder, log: () => log, end }
}
