import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { follow } from '../../platform/children'
import { packageRoot, startFolder } from '../../platform/places'
import { jupyterEnvironment, jupyterFolder, pythonIn } from '../../setup/jupyter'
import { kernelEnvironment } from '../../runner/run'
import { setupIfNeeded } from './setup'

/**
 * `lidvae lab`: JupyterLab with the tslab kernel, open on the notebooks, for this machine alone and with its
 * token.
 */
export async function lab(extra: string[]): Promise<number> {
  if ((await setupIfNeeded()) !== 0) return 1
  const notebooks = path.join(packageRoot(), 'notebooks')
  const folder = existsSync(notebooks) ? notebooks : startFolder()
  const usual = {
    'ServerApp.ip': '127.0.0.1',
    'ServerApp.root_dir': folder,
    // Its kernels' channels are closed to other users of the machine.
    'MultiKernelManager.kernel_manager_class': 'lidvae_lab.LabKernelManager',
  }
  // Jupyter accepts the option only once.
  const given = (name: string) => extra.some((one) => one.startsWith(`--${name}=`))
  const args = [path.join(packageRoot(), 'src', 'runner', 'lab.py'), String(process.pid)]
  for (const [name, value] of Object.entries(usual)) if (!given(name)) args.push(`--${name}=${value}`)
  args.push('--MultiKernelManager.default_kernel_name=tslab')
  // Jupyter refuses root without this; containers often know no other user.
  if (process.getuid?.() === 0) args.push('--allow-root')
  const child = spawn(pythonIn(jupyterFolder()), [...args, ...extra], {
    cwd: folder,
    env: { ...jupyterEnvironment(), ...kernelEnvironment() },
    stdio: 'inherit',
  })
  // Jupyter answers Ctrl-C in a terminal: it asks, then ends its kernels.
  follow(child, { asks: process.stdin.isTTY === true })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}
