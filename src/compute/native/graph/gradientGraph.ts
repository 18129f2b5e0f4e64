import type * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../../backend'
import type { StepOutputs } from '../../graphs'
import { placeholder } from './proto'
import { asOutput, reachable, record, releaseCaptured, type Captured } from './recorder'
import { GraphSession } from './session'

/**
 * Report and gradients of a step as a separate graph, to which the weights are fed: one for each signature of
 * inputs, such as a length of texts.
 */
export class GradientGraph {
  private readonly session: GraphSession
  private readonly captured: Captured[]
  private readonly fetches: string[]
  private trained: number[] = []

  /** @throws TraceError when the step cannot be recorded. */
  constructor(
    backend: NativeBackend,
    variables: tf.Variable[],
    inputs: Record<string, tf.Tensor>,
    compute: () => StepOutputs,
  ) {
    const bound = new Map<tf.Tensor, string>(variables.map((v, i) => [v, `weight${i}:0`]))
    const { result, recording } = record(backend, '', inputs, bound, () => {
      const { report, finite, gradients, trained } = compute()
      this.trained = trained
      return [report, ...finite, ...gradients].map((tensor) => asOutput(backend, tensor))
    })
    this.captured = recording.captured
    this.fetches = result.map((tensor) => recording.nameOf(tensor))
    const { TF_FLOAT } = backend.binding
    const weights = variables.map(({ shape }, i) => placeholder(`weight${i}`, TF_FLOAT, shape))
    const nodes = [...weights, ...recording.nodes]
    const fed = nodes.filter((node) => node.op === 'Placeholder').map((node) => node.name)
    this.session = new GraphSession(backend, reachable(nodes, [...fed, ...this.fetches]))
  }

  /** Runs the step at these weights. @returns tensors for the caller to free */
  run(inputs: Record<string, tf.Tensor>, weights: tf.Tensor[]): StepOutputs {
    const feeds: Record<string, tf.Tensor> = { ...inputs }
    for (const { node, tensor } of this.captured) feeds[node] = tensor
    weights.forEach((weight, i) => (feeds[`weight${i}`] = weight))
    const [report, ...rest] = this.session.run(feeds, this.fetches)
    const { trained } = this
    return { report, finite: rest.slice(0, trained.length), gradients: rest.slice(trained.length), trained }
  }

  /** Frees the session. */
  dispose(): void {
    this.session.dispose()
    releaseCaptured(this.captured)
  }
}
