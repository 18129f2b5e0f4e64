import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../../backend'

/** Data whose newest values are in a session: a function that fetches them, by tfjs's data id. */
const stale = new WeakMap<object, () => void>()
let staleCount = 0
const hooked = new WeakSet<NativeBackend>()

/** Makes every read of a tensor on this backend fetch values that are in a session first. */
function hook(backend: NativeBackend): void {
  if (hooked.has(backend)) return
  hooked.add(backend)
  const ids = backend.getInputTensorIds
  const read = backend.readSync
  const refresh = (dataId: object): void => {
    if (staleCount > 0) stale.get(dataId)?.()
  }
  backend.getInputTensorIds = function (tensors) {
    for (const { dataId } of tensors) refresh(dataId)
    return ids.call(backend, tensors)
  }
  backend.readSync = function (dataId) {
    refresh(dataId)
    return read.call(backend, dataId)
  }
}

/**
 * Keeps a tfjs variable the user's view of a weight whose values are in a session: read lazily, written back
 * when the variable was assigned another value. A clone taken between two steps keeps the value it had.
 */
export class MirroredWeight {
  private dataId?: object
  private seen = -1

  /**
   * @param pullAll has every weight of the session `take` its newest value: one run costs as much as a run
   *   for one.
   * @param push copies the variable's value to the session.
   */
  constructor(
    private readonly backend: NativeBackend,
    private readonly variable: tf.Variable,
    private readonly pullAll: () => void,
    private readonly push: (value: tf.Tensor) => void,
  ) {
    hook(backend)
  }

  /** Before a step: detaches clones, and passes a new value to the session. */
  beforeStep(): void {
    const { backend, variable } = this
    if (backend.refCount(variable.dataId) > 1) {
      const T = { name: 'T', type: backend.binding.TF_ATTR_TYPE, value: backend.binding.TF_FLOAT }
      tf.tidy(() => variable.assign(backend.executeSingleOutput('Identity', [T], [variable])))
    } else if (this.dataId === variable.dataId && this.isStale) return
    const [id] = backend.getInputTensorIds([variable])
    if (this.dataId === variable.dataId && this.seen === id) return
    this.push(variable)
    this.remember()
  }

  /**
   * After a step: the session's value is newer. The variable's own is freed: reading it fetches the newer
   * one.
   */
  afterStep(): void {
    if (this.isStale) return
    stale.set(this.variable.dataId, this.pullAll)
    staleCount++
    const entry = this.backend.tensorMap.get(this.variable.dataId)
    if (entry.id >= 0) this.backend.binding.deleteTensor(entry.id)
    entry.id = -1
    entry.values = null
  }

  /** Makes a value fetched from the session the variable's, if the session's is newer. */
  take(fresh: tf.Tensor): void {
    if (!this.isStale) return
    this.forget()
    if (this.variable.isDisposed || this.variable.dataId !== this.dataId) return
    const entry = this.backend.tensorMap.get(this.variable.dataId)
    const source = this.backend.tensorMap.get(fresh.dataId)
    // The variable takes over the fetched handle, so that nothing is copied and its data id stays.
    if (entry.id >= 0) this.backend.binding.deleteTensor(entry.id)
    entry.id = source.id
    entry.values = null
    source.id = -1
    this.seen = entry.id
  }

  /**
   * True while this session's value is newer than the variable's; another session may train the same
   * variable.
   */
  get isStale(): boolean {
    return this.dataId !== undefined && stale.get(this.dataId) === this.pullAll
  }

  private forget(): void {
    if (this.dataId && this.isStale && stale.delete(this.dataId)) staleCount--
  }

  /** The session has the variable's value. */
  remember(): void {
    this.forget()
    this.dataId = this.variable.dataId
    this.seen = this.backend.getInputTensorIds([this.variable])[0]
  }
}
