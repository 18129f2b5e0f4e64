import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../backend'
import type { Optimizer } from '../optimizer'
import { constant, reachable, record, type Captured } from './recorder'
import { shapeMessage, type AttributeValue, type NodeDef } from './proto'
import { GraphSession } from './session'
import { MirroredWeight } from './weights'

/** What a step computes before the weights move. */
export interface StepOutputs {
  /** The numbers it reports, `[n]`. */
  report: tf.Tensor
  /** True when all of them, and so the gradient, are finite: else the weights are left alone. */
  finite: tf.Tensor
  gradients: tf.Tensor[]
}

interface Trace {
  nodes: NodeDef[]
  captured: Captured[]
  output: string
}

const SLOTS = ['p', 'm', 'v'] as const

/**
 * Training steps as TensorFlow graphs over one set of variables: a step is recorded once for each signature of its inputs, weights and moments live in
 * the session, and TensorFlow's fused Adam updates them there.
 */
export class TrainingGraph {
  private readonly traces = new Map<string, Trace>()
  private readonly weights: MirroredWeight[]
  private session?: GraphSession

  constructor(
    private readonly backend: NativeBackend,
    private readonly variables: tf.Variable[],
    private readonly rule: Optimizer,
  ) {
    this.weights = variables.map(
      (variable, i) =>
        new MirroredWeight(
          backend,
          variable,
          () => this.loaded().run({}, [`read_p${i}:0`])[0],
          (value) => this.set('p', i, value),
        ),
    )
  }

  /**
   * Runs the step once; records it first when inputs of these shapes are new.
   *
   * @returns the reported numbers.
   * @throws TraceError when it cannot be recorded.
   */
  run(
    inputs: Record<string, tf.Tensor>,
    compute: () => StepOutputs,
    rate: number,
    step: number,
  ): Float32Array {
    const signature = Object.entries(inputs)
      .map(([name, t]) => `${name}:${t.dtype}[${t.shape.join()}]`)
      .join(' ')
    let trace = this.traces.get(signature)
    if (!trace) {
      trace = this.trace(inputs, compute)
      this.traces.set(signature, trace)
      this.reload()
    }
    for (const weight of this.weights) weight.beforeStep()
    const prefix = trace.output.slice(0, trace.output.indexOf('/') + 1)
    const feeds: Record<string, tf.Tensor> = {}
    for (const [name, tensor] of Object.entries(inputs)) feeds[prefix + name] = tensor
    for (const { node, tensor } of trace.captured) feeds[node] = tensor
    const { beta1, beta2 } = this.rule
    Object.assign(feeds, {
      rate: tf.scalar(rate),
      beta1Power: tf.scalar(beta1 ** step),
      beta2Power: tf.scalar(beta2 ** step),
    })
    const [report] = this.loaded().run(feeds, [trace.output])
    for (const weight of this.weights) weight.afterStep()
    return report.dataSync() as Float32Array
  }

  private loaded(): GraphSession {
    if (!this.session) throw new Error('the training graph is not loaded')
    return this.session
  }

  private trace(inputs: Record<string, tf.Tensor>, compute: () => StepOutputs): Trace {
    const prefix = `step${this.traces.size}/`
    const bound = new Map<tf.Tensor, string>(this.variables.map((v, i) => [v, `read_p${i}:0`]))
    const { result, recording } = record(this.backend, prefix, inputs, bound, compute)
    const [report, finite] = [recording.nameOf(result.report), recording.nameOf(result.finite)]
    const updates = this.updates(
      prefix,
      finite,
      result.gradients.map((g) => recording.nameOf(g)),
    )
    const output: NodeDef = {
      name: `${prefix}output`,
      op: 'Identity',
      input: [report, `^${prefix}updated`],
      attr: { T: { type: this.backend.binding.TF_FLOAT } },
    }
    const nodes = [...recording.nodes, ...updates, output]
    return { nodes, captured: recording.captured, output: `${output.name}:0` }
  }

  /** Adam on every weight, behind a switch: when the report is not finite no update runs. */
  private updates(prefix: string, finite: string, gradients: string[]): NodeDef[] {
    const T = { T: { type: this.backend.binding.TF_FLOAT } }
    const adam = gradients.map((gradient, i): NodeDef => ({
      name: `${prefix}adam${i}`,
      op: 'ResourceApplyAdam',
      input: [
        `p${i}`,
        `m${i}`,
        `v${i}`,
        'beta1Power',
        'beta2Power',
        `${prefix}gate:1`,
        'beta1',
        'beta2',
        'epsilon',
        gradient,
      ],
      attr: { ...T, use_locking: { b: false }, use_nesterov: { b: false } },
    }))
    return [
      { name: `${prefix}gate`, op: 'Switch', input: ['rate', finite], attr: T },
      ...adam,
      {
        name: `${prefix}done`,
        op: 'Identity',
        input: [`${prefix}gate:1`, ...adam.map((n) => `^${n.name}`)],
        attr: T,
      },
      {
        name: `${prefix}updated`,
        op: 'Merge',
        input: [`${prefix}done`, `${prefix}gate:0`],
        attr: { ...T, N: { i: 2 } },
      },
    ]
  }

  /** A new session with all traces so far; variables carry over. */
  private reload(): void {
    const old = this.session
    const nodes = [...this.variableNodes(), ...[...this.traces.values()].flatMap((trace) => trace.nodes)]
    const kept = this.variables.flatMap((_, i) =>
      SLOTS.flatMap((slot) => [`read_${slot}${i}:0`, `set_${slot}${i}:0`]),
    )
    const outputs = [...this.traces.values()].map((trace) => trace.output)
    // Every input is fed on every run, also one that the loss makes no use of.
    const inputs = nodes.filter((node) => node.op === 'Placeholder').map((node) => node.name)
    this.session = new GraphSession(this.backend, reachable(nodes, [...inputs, ...kept, ...outputs]))
    this.variables.forEach((variable, i) => {
      for (const slot of SLOTS)
        tf.tidy(() => {
          const value = old
            ? old.run({}, [`read_${slot}${i}:0`])[0]
            : slot === 'p'
              ? variable
              : tf.zerosLike(variable)
          this.set(slot, i, value)
        })
    })
    old?.dispose()
  }

  private set(slot: (typeof SLOTS)[number], i: number, value: tf.Tensor): void {
    tf.dispose(this.loaded().run({ [`feed${i}`]: value }, [`set_${slot}${i}:0`]))
  }

  private variableNodes(): NodeDef[] {
    const { TF_FLOAT } = this.backend.binding
    const dtype: Record<string, AttributeValue> = { dtype: { type: TF_FLOAT } }
    const scalar = { ...dtype, shape: { shape: shapeMessage([]) } }
    const number = (name: string, value: number) => constant(name, [], TF_FLOAT, Float32Array.of(value))
    const nodes: NodeDef[] = [
      ...['rate', 'beta1Power', 'beta2Power'].map((name) => ({
        name,
        op: 'Placeholder',
        input: [],
        attr: scalar,
      })),
      number('one', 1),
      number('beta1', this.rule.beta1),
      number('beta2', this.rule.beta2),
      number('epsilon', this.rule.epsilon),
    ]
    this.variables.forEach((variable, i) => {
      const shape = { shape: { shape: shapeMessage(variable.shape) } }
      nodes.push({ name: `feed${i}`, op: 'Placeholder', input: [], attr: { ...dtype, ...shape } })
      for (const slot of SLOTS) {
        const name = slot + i
        const text = { shared_name: { s: Buffer.from(name) }, container: { s: Buffer.alloc(0) } }
        nodes.push(
          { name, op: 'VarHandleOp', input: [], attr: { ...dtype, ...shape, ...text } },
          { name: `assign_${name}`, op: 'AssignVariableOp', input: [name, `feed${i}`], attr: dtype },
          {
            name: `set_${name}`,
            op: 'Identity',
            input: ['one', `^assign_${name}`],
            attr: { T: { type: TF_FLOAT } },
          },
          { name: `read_${name}`, op: 'ReadVariableOp', input: [name], attr: dtype },
        )
      }
    })
    return nodes
  }

  /** Brings every weight over and frees the session. */
  dispose(): void {
    for (const weight of this.weights) weight.refresh()
    for (const { captured } of this.traces.values()) releaseCaptured(captured)
    this.session?.dispose()
    this.session = undefined
  }
}

/** Frees the clones a recording holds; variables belong to others. */
export function releaseCaptured(captured: Captured[]): void {
  for (const { tensor } of captured) if (!(tensor instanceof tf.Variable)) tensor.dispose()
}
