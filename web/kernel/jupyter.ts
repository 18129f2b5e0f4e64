// The parts of JupyterLab and JupyterLite that are used, as their packages declare them.

export interface Contents {
  get(path: string, options?: { content?: boolean; format?: string; type?: string }): Promise<ContentsModel>
  save(path: string, model: object): Promise<unknown>
  delete(path: string): Promise<void>
  newUntitled(options: { type: string; path: string }): Promise<ContentsModel>
  rename(from: string, to: string): Promise<unknown>
}
export interface ContentsModel {
  name: string
  path: string
  type: 'file' | 'directory' | 'notebook'
  format?: string | null
  content?: unknown
  size?: number
}
export interface App {
  serviceManager: { contents: Contents }
  commands: { execute(name: string, options?: object): Promise<unknown> }
  shell: {
    currentWidget: {
      content?: { model?: { cells?: Iterable<{ type: string; sharedModel: { source: string } }> } | null }
    } | null
  }
}
export interface KernelOptions {
  id: string
  name: string
  location: string
  sendMessage: (message: unknown) => void
}
export interface Kernel {
  interrupt?(): void
  /** The message whose cell runs, if one does. */
  readonly running?: string
}
export interface KernelClient {
  interrupt(id: string): Promise<void>
  getModel(id: string): Promise<Kernel | undefined>
}
export interface KernelSpecs {
  register(spec: { spec: object; create(options: KernelOptions): Promise<unknown> }): void
}

/** JupyterLite's class of kernels. */
export declare class BaseKernelClass {
  constructor(options: KernelOptions)
  readonly parentHeader: { msg_id: string }
  readonly executionCount: number
  readonly isDisposed: boolean
  readonly location: string
  stream(content: object, parent?: object): void
  displayData(content: object, parent?: object): void
  updateDisplayData(content: object, parent?: object): void
  publishExecuteResult(content: object, parent?: object): void
  publishExecuteError(content: object, parent?: object): void
  dispose(): void
}

/** What the extension takes from the page. */
export interface LiteServices {
  BaseKernel: typeof BaseKernelClass
  IKernelSpecs: unknown
  IKernelClient: unknown
}
export type ShareScope = Record<string, Record<string, { get(): Promise<() => unknown> }>>
