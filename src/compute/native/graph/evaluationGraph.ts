import type * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../../backend'
import { asOutput, reachable, record, releaseCaptured, type Captured } from './recorder'
import { Recent } from './recent'
import { GraphSession } from './session'

interface Trace {
  session: GraphSession
  captured: Captured[]
  names: string[]
  fetches: string[]
}

/** Graphs kept for signatures used last, such as lengths of texts. */
const KEPT = 128

/**
 * A function of tensors as TensorFlow graphs, one for each signature of its inputs; the current weights are
 * fed at each run.
 */
export class EvaluationGraph {
  private readonly traces = new Recent<Trace>(KEPT, ({ session, captured }) => {
    session.dispose()
    releaseCaptured(captured)
  })

  constructor(private readonly backend: NativeBackend) {}

  /**
   * Runs `f` on the inputs.
   *
   * @returns its outputs, for the caller to free.
   * @throws TraceError when it cannot be recorded.
   */
  run(inputs: Record<string, tf.Tensor>, f: () => Record<string, tf.Tensor>): Record<string, tf.Tensor> {
    const signature = Object.entries(inputs)
      .map(([name, t]) => `${name}:${t.dtype}[${t.shape.join()}]`)
      .join(' ')
    const trace = this.traces.get(signature, () => this.trace(inputs, f))
    const feeds: Record<string, tf.Tensor> = { ...inputs }
    for (const { node, tensor } of trace.captured) feeds[node] = tensor
    const outputs = trace.session.run(feeds, trace.fetches)
    return Object.fromEntries(trace.names.map((name, i) => [name, outputs[i]]))
  }

  private trace(inputs: Record<string, tf.Tensor>, f: () => Record<string, tf.Tensor>): Trace {
    const { result, recording } = record(this.backend, '', inputs, new Map(), () =>
      Object.fromEntries(Object.entries(f()).map(([name, tensor]) => [name, asOutput(this.backend, tensor)])),
    )
    const names = Object.keys(result)
    const fetches = names.map((name) => recording.nameOf(result[name]))
    const nodes = reachable(recording.nodes, [
      ...fetches,
      ...Object.keys(inputs),
      ...recording.captured.map((c) => c.node),
    ])
    return { session: new GraphSession(this.backend, nodes), captured: recording.captured, names, fetches }
  }

  /** Frees every session. */
  dispose(): void {
    this.traces.clear()
  }
}
