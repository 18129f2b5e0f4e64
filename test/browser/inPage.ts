// Functions that run in a page of the site: each is sent there as text, by whatever drives the browser.

/** A cell as it stands in the page. */
export interface SeenCell {
  readonly count: number | null
  readonly source: string
  readonly outputs: {
    output_type: string
    text?: string
    data?: object
    evalue?: string
    traceback?: string[]
  }[]
}

/** The parts of JupyterLab that tests use; the site's kernel puts them there. */
export interface Lite {
  app: {
    commands: { execute(name: string, options?: object): Promise<unknown> }
    shell: {
      currentWidget: {
        content: {
          activeCellIndex: number
          activeCell: { editor: { focus(): void; setCursorPosition(at: object): void } }
          deselectAll(): void
          scrollToItem(index: number): Promise<void>
          model: {
            toJSON(): { cells: Record<string, unknown>[] }
            cells: { get(i: number): { sharedModel: { source: string } } }
          }
        }
        sessionContext: { session: { kernel: { id: string; status: string } } | null }
      } | null
    }
    serviceManager: {
      contents: {
        get(path: string, options: object): Promise<{ format?: string; content: unknown }>
        save(path: string, model: object): Promise<unknown>
        newUntitled(options: object): Promise<{ path: string }>
        rename(from: string, to: string): Promise<unknown>
      }
    }
  }
  client: { getModel(id: string): Promise<{ running: string | undefined } | undefined> }
  compiler: { isReady: boolean; compile: (before: string, code: string) => Promise<unknown> }
  /** Ends what `holdCompiler` began. */
  release?: () => void
}

/** Whether the notebook's kernel has nothing to do. */
export const isIdle = (): boolean => {
  const { lidvaeLite: lite } = globalThis as unknown as { lidvaeLite?: Lite }
  return lite?.app.shell.currentWidget?.sessionContext.session?.kernel.status === 'idle'
}

/** Whether the kernel has begun a cell: it is marked as running a moment before. */
export const isRunning = async (): Promise<boolean> => {
  const { app, client } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite
  const kernel = await client.getModel(app.shell.currentWidget!.sessionContext.session!.kernel.id)
  return kernel?.running !== undefined
}

/** Whether no cell runs or waits; as text, since this file knows nothing of documents. */
export const NONE_RUNS = `![...document.querySelectorAll('.jp-InputPrompt')].some((one) => one.textContent.includes('[*]'))`

/** Runs one of JupyterLab's commands. */
export const execute = async (name: string): Promise<void> => {
  await (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app.commands.execute(name)
}

/** Begins a cell, by its place in the notebook: in one go, so that the focus cannot move to another before. */
export const begin = (at: number): void => {
  const { commands, shell } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app
  shell.currentWidget!.content.activeCellIndex = at
  void commands.execute('notebook:run-cell').catch(() => undefined)
}

/** Holds what is compiled from now on back until `release` is called. */
export const holdCompiler = (): void => {
  const lite = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite
  const { compile } = lite.compiler
  const gate = new Promise<void>((resolve) => {
    lite.release = () => {
      lite.compiler.compile = compile
      resolve()
    }
  })
  lite.compiler.compile = (...cell) => gate.then(() => compile(...cell))
}

/** What the page shows, for an error's text. */
export const STORY = `JSON.stringify(
  ['.jp-InputPrompt', '.jp-Dialog', '.jp-OutputArea-output'].map((selector) =>
    [...document.querySelectorAll(selector)].map((one) => one.textContent.slice(-200)),
  ),
)`

/** The notebook's code cells. */
export const readCells = (): SeenCell[] => {
  const { content } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app.shell.currentWidget!
  const joined = (text: unknown): string => (Array.isArray(text) ? text.join('') : String(text))
  return content.model
    .toJSON()
    .cells.filter((cell) => cell.cell_type === 'code')
    .map((cell) => ({
      count: cell.execution_count as number | null,
      source: joined(cell.source),
      outputs: (cell.outputs as SeenCell['outputs']).map((one) =>
        one.text === undefined ? one : { ...one, text: joined(one.text) },
      ),
    }))
}

/** All that a cell printed. */
export const printed = ({ outputs }: SeenCell): string => outputs.map(({ text = '' }) => text).join('')

/** The errors among outputs. */
export const errorsIn = (cells: readonly SeenCell[]): string[] =>
  cells.flatMap(({ outputs }) =>
    outputs
      .filter(({ output_type }) => output_type === 'error')
      .map(({ traceback }) => (traceback ?? []).join('\n')),
  )

/** How many lines say that an exercise or a check is right. */
export const marks = (text: string): number => text.match(/^✓/gm)?.length ?? 0
