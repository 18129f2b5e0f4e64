import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../../backend'
import { tidied } from '../../tidied'
import type { StepOutputs } from '../../graphs'
import { startOf, type Optimizer, type SlotValues } from '../../optimizers'
import { asOutput, constant, reachable, record, type Captured, releaseCaptured } from './recorder'
import { placeholder, shapeMessage, type AttributeValue, type NodeDef } from './proto'
import { GradientGraph } from './gradientGraph'
import { Recent } from './recent'
import { GraphSession } from './session'
import { MirroredWeight } from './weights'

interface Trace {
  nodes: NodeDef[]
  captured: Captured[]
  output: string
}

/**
 * Signatures that share the session of the weights: a full batch and the last one, each for all weights, the
 * encoder's and the decoder's. Each new one reloads that session with all its contents. None if shapes vary.
 */
const INSIDE = 6

/** Prefix of the names of nodes that take gradients from outside. */
const GIVEN = 'given/'

/** The node that exists once weight i was updated by a gradient from outside. */
const givenUpdate = (i: number): string => `${GIVEN}updated${i}:0`

/** Graphs kept for further signatures. */
const OUTSIDE = 128

/**
 * Training steps as TensorFlow graphs over one set of variables: a step is recorded once for each signature
 * of its inputs, weights and moments are stored in the session, and TensorFlow's fused operation updates them
 * there. Where there are many signatures, as with texts of many lengths, they are separate graphs, which are
 * fed the weights and return gradients: each is then the same to the last bit whichever came first, so that a
 * training resumes as if it had not been stopped.
 */
export class TrainingGraph {
  private readonly traces = new Map<string, Trace>()
  private readonly outside = new Recent<GradientGraph>(OUTSIDE, (graph) => graph.dispose())
  private takesGradients = false
  private readonly weights: MirroredWeight[]
  private session?: GraphSession

  constructor(
    private readonly backend: NativeBackend,
    private readonly variables: tf.Variable[],
    private readonly rule: Optimizer,
    private readonly slots?: SlotValues,
    private readonly varied = false,
  ) {
    this.weights = variables.map(
      (variable, i) =>
        new MirroredWeight(
          backend,
          variable,
          () => this.pullAll(),
          (value) => tf.dispose(this.loaded().run({ [`feed_p${i}`]: value }, [`set_p${i}:0`])),
        ),
    )
  }

  /**
   * Runs the step once; records it first when inputs of these shapes are new.
   *
   * @param only the part of the weights that it trains; each part has its own recording.
   * @returns the reported numbers.
   * @throws TraceError when it cannot be recorded.
   */
  run(
    inputs: Record<string, tf.Tensor>,
    compute: () => StepOutputs,
    rate: number,
    step: number,
    only = '',
  ): Float32Array {
    const shapes = Object.entries(inputs).map(([name, t]) => `${name}:${t.dtype}[${t.shape.join()}]`)
    const signature = [only, ...shapes].join(' ')
    let trace = this.traces.get(signature)
    if (!trace && this.traces.size === (this.varied ? 0 : INSIDE))
      return this.runOutside(signature, inputs, compute, rate, step)
    if (!trace) {
      // The recording's intermediate results are freed before the graph runs.
      trace = tidied(() => this.trace(inputs, compute))
      this.traces.set(signature, trace)
      this.reload()
    }
    for (const weight of this.weights) weight.beforeStep()
    const prefix = trace.output.slice(0, trace.output.indexOf('/') + 1)
    const feeds: Record<string, tf.Tensor> = {}
    for (const [name, tensor] of Object.entries(inputs)) feeds[prefix + name] = tensor
    for (const { node, tensor } of trace.captured) feeds[node] = tensor
    const [report] = this.loaded().run({ ...feeds, ...this.settings(rate, step) }, [trace.output])
    for (const weight of this.weights) weight.afterStep()
    return report.dataSync() as Float32Array
  }

  /** A step whose gradients a separate graph computes. */
  private runOutside(
    signature: string,
    inputs: Record<string, tf.Tensor>,
    compute: () => StepOutputs,
    rate: number,
    step: number,
  ): Float32Array {
    const graph = this.outside.get(signature, () =>
      tidied(() => new GradientGraph(this.backend, this.variables, inputs, compute)),
    )
    if (!this.takesGradients) {
      this.takesGradients = true
      this.reload()
    }
    for (const weight of this.weights) weight.beforeStep()
    const weights = this.loaded().run({}, this.readings())
    const { report, finite, gradients, trained } = graph.run(inputs, weights)
    // A weight with a second reference would be copied before the update.
    tf.dispose(weights)
    const feeds: Record<string, tf.Tensor> = this.settings(rate, step)
    trained.forEach((i, at) => {
      feeds[`${GIVEN}finite${i}`] = finite[at]
      feeds[`${GIVEN}gradient${i}`] = gradients[at]
    })
    tf.dispose(this.loaded().run(feeds, trained.map(givenUpdate)))
    tf.dispose([finite, gradients])
    for (const weight of this.weights) weight.afterStep()
    return report.dataSync() as Float32Array
  }

  private settings(rate: number, step: number): Record<string, tf.Tensor> {
    const scalars = Object.entries(this.rule.scalars(rate, step))
    return Object.fromEntries(scalars.map(([name, value]) => [name, tf.scalar(value)]))
  }

  /** The nodes that read every weight. */
  private readings(): string[] {
    return this.variables.map((_, i) => `read_p${i}:0`)
  }

  private loaded(): GraphSession {
    if (!this.session) throw new Error('the training graph is not loaded')
    return this.session
  }

  private trace(inputs: Record<string, tf.Tensor>, compute: () => StepOutputs): Trace {
    const prefix = `step${this.traces.size}/`
    const bound = new Map<tf.Tensor, string>(this.variables.map((v, i) => [v, `read_p${i}:0`]))
    const { result, recording } = record(this.backend, prefix, inputs, bound, () => {
      const { report, finite, gradients, trained } = compute()
      return { report, finite, trained, gradients: gradients.map((g) => asOutput(this.backend, g)) }
    })
    const report = recording.nameOf(result.report)
    const updates = this.updates(
      prefix,
      result.finite.map((f) => recording.nameOf(f)),
      result.gradients.map((g) => recording.nameOf(g)),
      result.trained,
    )
    const output: NodeDef = {
      name: `${prefix}output`,
      op: 'Identity',
      input: [report, ...result.trained.map((i) => `^${prefix}updated${i}`)],
      attr: { T: { type: this.backend.binding.TF_FLOAT } },
    }
    const nodes = [...recording.nodes, ...updates, output]
    return { nodes, captured: recording.captured, output: `${output.name}:0` }
  }

  /** The update by gradients from outside. */
  private givenNodes(): NodeDef[] {
    const { TF_FLOAT, TF_BOOL } = this.backend.binding
    const all = this.variables.map((_, i) => i)
    const names = (kind: string): string[] => all.map((i) => `${GIVEN}${kind}${i}`)
    return [
      ...names('finite').map((name) => placeholder(name, TF_BOOL, [])),
      ...names('gradient').map((name, i) => placeholder(name, TF_FLOAT, this.variables[i].shape)),
      ...this.updates(GIVEN, names('finite'), names('gradient'), all),
    ]
  }

  /** The names of the variables of weight i: the weight, `p`, and the rule's slots. */
  private slotsOf(i: number): string[] {
    return ['p', ...this.rule.slots].map((slot) => `${slot}${i}`)
  }

  /**
   * The update of every weight, behind its own switch: it runs as soon as the weight's gradient is available,
   * in parallel to the rest of the backward pass, and not at all when loss or gradient is not finite.
   */
  private updates(prefix: string, finite: string[], gradients: string[], trained: number[]): NodeDef[] {
    const T = { T: { type: this.backend.binding.TF_FLOAT } }
    const { operation, inputs, slots, flags } = this.rule
    const switches = Object.fromEntries(Object.entries(flags).map(([name, b]) => [name, { b }]))
    return trained.flatMap((i, at): NodeDef[] => {
      const gradient = gradients[at]
      const [gate, update, done] = [`${prefix}gate${i}`, `${prefix}update${i}`, `${prefix}done${i}`]
      const special: Record<string, string> = { weight: `p${i}`, rate: `${gate}:1`, gradient }
      const input = inputs.map((name) => special[name] ?? (slots.includes(name) ? `${name}${i}` : name))
      return [
        { name: gate, op: 'Switch', input: ['rate', finite[at]], attr: T },
        { name: update, op: operation, input, attr: { ...T, ...switches } },
        { name: done, op: 'Identity', input: [`${gate}:1`, `^${update}`], attr: T },
        {
          name: `${prefix}updated${i}`,
          op: 'Merge',
          input: [done, `${gate}:0`],
          attr: { ...T, N: { i: 2 } },
        },
      ]
    })
  }

  /** A new session with all recordings so far; variables keep their values. */
  private reload(): void {
    const old = this.session
    const nodes = [
      ...this.variableNodes(),
      ...[...this.traces.values()].flatMap((trace) => trace.nodes),
      ...(this.takesGradients ? this.givenNodes() : []),
    ]
    const slots = this.variables.flatMap((_, i) => this.slotsOf(i))
    const kept = ['set_all', ...slots.flatMap((slot) => [`read_${slot}`, `set_${slot}`])]
    const outputs = [...this.traces.values()].map((trace) => trace.output)
    if (this.takesGradients) outputs.push(...this.variables.map((_, i) => givenUpdate(i)))
    // Every input is fed on every run, even one that the loss does not use.
    const inputs = nodes.filter((node) => node.op === 'Placeholder').map((node) => node.name)
    this.session = new GraphSession(this.backend, reachable(nodes, [...inputs, ...kept, ...outputs]))
    // One run for all of them: TensorFlow prepares the graph anew for each set of feeds and fetches.
    tf.tidy(() => {
      const values = old
        ? old.run(
            {},
            slots.map((slot) => `read_${slot}:0`),
          )
        : this.variables.flatMap((variable, i) => [
            variable,
            ...this.rule.slots.map((name) => startOf(this.slots, name, variable, i)),
          ])
      this.loaded().run(Object.fromEntries(slots.map((slot, i) => [`feed_${slot}`, values[i]])), [
        'set_all:0',
      ])
    })
    if (!old) for (const weight of this.weights) weight.remember()
    old?.dispose()
  }

  /** The rule's state as numbers; undefined before the first step. */
  readSlots(): SlotValues | undefined {
    if (!this.session) return undefined
    const names = this.rule.slots.flatMap((slot) => this.variables.map((_, i) => `read_${slot}${i}:0`))
    const read = this.session.run({}, names)
    const values = read.map((tensor) => tensor.dataSync() as Float32Array)
    tf.dispose(read)
    const count = this.variables.length
    return Object.fromEntries(
      this.rule.slots.map((slot, s) => [slot, values.slice(s * count, (s + 1) * count)]),
    )
  }

  /** Fetches every weight. */
  private pullAll(): void {
    const fresh = this.loaded().run({}, this.readings())
    this.weights.forEach((weight, i) => weight.take(fresh[i]))
    tf.dispose(fresh)
  }

  private variableNodes(): NodeDef[] {
    const { TF_FLOAT } = this.backend.binding
    const dtype: Record<string, AttributeValue> = { dtype: { type: TF_FLOAT } }
    const nodes: NodeDef[] = [
      ...Object.keys(this.rule.scalars(0, 1)).map((name) => placeholder(name, TF_FLOAT, [])),
      constant('one', [], TF_FLOAT, Float32Array.of(1)),
    ]
    this.variables.forEach((variable, i) => {
      const shape = { shape: { shape: shapeMessage(variable.shape) } }
      for (const name of this.slotsOf(i)) {
        const text = { shared_name: { s: Buffer.from(name) }, container: { s: Buffer.alloc(0) } }
        nodes.push(
          placeholder(`feed_${name}`, TF_FLOAT, variable.shape),
          { name, op: 'VarHandleOp', input: [], attr: { ...dtype, ...shape, ...text } },
          { name: `assign_${name}`, op: 'AssignVariableOp', input: [name, `feed_${name}`], attr: dtype },
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
    const assigned = this.variables.flatMap((_, i) => this.slotsOf(i).map((name) => `^assign_${name}`))
    nodes.push({
      name: 'set_all',
      op: 'Identity',
      input: ['one', ...assigned],
      attr: { T: { type: TF_FLOAT } },
    })
    return nodes
  }

  /** Fetches every weight and frees the session. */
  dispose(): void {
    if (this.weights.some((weight) => weight.isStale)) this.pullAll()
    for (const { captured } of this.traces.values()) releaseCaptured(captured)
    this.outside.clear()
    this.session?.dispose()
    this.session = undefined
  }
}
