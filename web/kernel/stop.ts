import type { App, KernelClient } from './jupyter'

/**
 * Milliseconds until the page says what to do about a cell that heard no Stop: one that never yields hears none.
 */
const DEAF = 2500

/**
 * JupyterLite's own Stop drops the cells that wait; the running one has to hear of it too. A second Stop of
 * the same cell offers a restart.
 */
export function hearStop(client: KernelClient, { commands }: Pick<App, 'commands'>, deaf = DEAF): void {
  const drop = client.interrupt.bind(client)
  const execute = (name: string, options?: object): void =>
    void commands.execute(name, options).catch(() => undefined)
  let stopped: string | undefined
  client.interrupt = async (id) => {
    const kernel = await client.getModel(id)
    const running = kernel?.running
    const again = running !== undefined && running === stopped
    stopped = again ? undefined : running
    kernel?.interrupt?.()
    await drop(id)
    // This asks before it restarts.
    if (again) execute('notebook:restart-kernel')
    else if (running !== undefined)
      setTimeout(() => {
        if (kernel?.running === running && stopped === running) execute('apputils:notify', TELL)
      }, deaf)
  }
}

const TELL = {
  message: 'This cell does not hear Stop. Press Stop once more to end it by a restart.',
  type: 'info',
  options: { autoClose: 8000 },
}
