import * as tf from '@tensorflow/tfjs'
import { requirePositive } from '../errors'
import { nativeBackend, type NativeBackend } from './backend'

/** A learning rate: a number, or a function of training's progress in [0, 1). */
export type Rate = number | ((progress: number) => number)

/** An update rule with its settings; `fit` makes one state of it for the weights it trains. */
export interface Optimizer {
  /** Which rule it is. */
  readonly name: 'adam'
  /** The learning rate. */
  readonly rate: Rate
  /** β₁, the share of the old mean of gradients that is kept. */
  readonly beta1: number
  /** β₂, the same for their squares. */
  readonly beta2: number
  /** ε, added to √v. */
  readonly epsilon: number
}

/** Options of `adam`. */
export interface AdamOptions {
  /** The learning rate, a number or a function of progress in [0, 1); 1e-3 by default. */
  rate?: Rate
  /** β₁, the share of the old mean of gradients that is kept; 0.9 by default. */
  beta1?: number
  /** β₂, the same for their squares; 0.999 by default. */
  beta2?: number
  /** ε, added to √v; 1e-8 by default. */
  epsilon?: number
}

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − rate · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). On the native engine TensorFlow's own fused
 * operation.
 *
 * @param options `{ rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }`; the rate may be a function of progress in [0, 1).
 * @returns the rule, for `fit`.
 * @throws ArgumentError when a setting is not positive.
 * @example
 * lid.adam({ rate: (progress) => (progress < 0.7 ? 1e-3 : 2e-4) })
 * @see Kingma & Ba 2015, algorithm 1.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  if (typeof rate === 'number') requirePositive('rate', rate, true)
  requirePositive('beta1', beta1, true)
  requirePositive('beta2', beta2, true)
  requirePositive('epsilon', epsilon)
  return { name: 'adam', rate, beta1, beta2, epsilon }
}

/** The state of an update rule over some weights. */
export interface OptimizerState {
  /** Updates the weights. @param step the update's number, from 1. */
  apply(gradients: tf.Tensor[], rate: number, step: number): void
  dispose(): void
}

/** The rule's state for these weights, fused on the native engine. */
export function createOptimizerState(rule: Optimizer, variables: tf.Variable[]): OptimizerState {
  const native = nativeBackend()
  return native ? new NativeAdam(native, rule, variables) : new PlainAdam(rule, variables)
}

/** Adam in a few tfjs operations a weight, for engines without a fused one. */
class PlainAdam implements OptimizerState {
  private readonly m: tf.Variable[]
  private readonly v: tf.Variable[]

  constructor(
    private readonly rule: Optimizer,
    private readonly variables: tf.Variable[],
  ) {
    const zeros = (like: tf.Variable) => tf.tidy(() => tf.variable(tf.zerosLike(like), false))
    this.m = variables.map(zeros)
    this.v = variables.map(zeros)
  }

  apply(gradients: tf.Tensor[], rate: number, step: number): void {
    const { beta1, beta2, epsilon } = this.rule
    const scaled = (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
    tf.tidy(() =>
      this.variables.forEach((weight, i) => {
        const g = gradients[i]
        this.m[i].assign(tf.add(tf.mul(this.m[i], beta1), tf.mul(g, 1 - beta1)))
        this.v[i].assign(tf.add(tf.mul(this.v[i], beta2), tf.mul(tf.square(g), 1 - beta2)))
        const move = tf.div(tf.mul(this.m[i], scaled), tf.add(tf.sqrt(this.v[i]), epsilon))
        weight.assign(tf.sub(weight, move))
      }),
    )
  }

  dispose(): void {
    for (const slot of [...this.m, ...this.v]) slot.dispose()
  }
}

/**
 * TensorFlow's ResourceApplyAdam. Weight and moments live in resource variables; after each update the tfjs variable's handle is pointed at
 * the value read back, and let go before the next update, or TensorFlow would copy the buffer first.
 */
class NativeAdam implements OptimizerState {
  private readonly handles: { p: number; m: number; v: number; seen: number }[]
  private readonly float: { name: string; type: number; value: number }

  constructor(
    private readonly backend: NativeBackend,
    private readonly rule: Optimizer,
    private readonly variables: tf.Variable[],
  ) {
    const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding
    this.float = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }
    this.handles = variables.map((variable) => {
      const zeros = tf.zerosLike(variable)
      const p = this.resource(variable)
      const made = { p, m: this.resource(zeros), v: this.resource(zeros), seen: this.handleOf(variable) }
      zeros.dispose()
      return made
    })
  }

  private resource(value: tf.Tensor): number {
    const { binding } = this.backend
    const dtype = { ...this.float, name: 'dtype' }
    const text = (name: string, s: string) => ({ name, type: binding.TF_ATTR_STRING, value: s })
    const shape = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: value.shape }
    const [{ id }] = binding.executeOp(
      'VarHandleOp',
      [text('container', ''), text('shared_name', `lidvae-${nextResource++}`), dtype, shape],
      [],
      1,
    )
    binding.executeOp('AssignVariableOp', [dtype], [id, ...this.backend.getInputTensorIds([value])], 0)
    return id
  }

  private handleOf(variable: tf.Variable): number {
    return this.backend.getInputTensorIds([variable])[0]
  }

  apply(gradients: tf.Tensor[], rate: number, step: number): void {
    const { binding } = this.backend
    const { beta1, beta2, epsilon } = this.rule
    const scalars = [beta1 ** step, beta2 ** step, rate, beta1, beta2, epsilon].map((value) =>
      binding.createTensor([], binding.TF_FLOAT, Float32Array.of(value)),
    )
    const flag = (name: string) => ({ name, type: binding.TF_ATTR_BOOL, value: false })
    const attributes = [this.float, flag('use_locking'), flag('use_nesterov')]
    const dtype = { ...this.float, name: 'dtype' }
    this.variables.forEach((variable, i) => {
      const { p, m, v, seen } = this.handles[i]
      const current = this.handleOf(variable)
      // Somebody gave the weight a value of its own since.
      if (current !== seen) binding.executeOp('AssignVariableOp', [dtype], [p, current], 0)
      // A clone shares the handle: then it keeps the old value, and the weight gets a tensor of its own.
      const shared = this.backend.refCount(variable.dataId) > 1
      if (!shared) binding.deleteTensor(current)
      const [gradient] = this.backend.getInputTensorIds([gradients[i]])
      binding.executeOp('ResourceApplyAdam', attributes, [p, m, v, ...scalars, gradient], 0)
      if (shared)
        tf.tidy(() => variable.assign(this.backend.executeSingleOutput('Identity', [this.float], [variable])))
      const entry = this.backend.tensorMap.get(variable.dataId)
      if (shared) binding.deleteTensor(entry.id)
      entry.id = binding.executeOp('ReadVariableOp', [dtype], [p], 1)[0].id
      this.handles[i].seen = entry.id
    })
    for (const id of scalars) binding.deleteTensor(id)
  }

  dispose(): void {
    const { binding } = this.backend
    const ignore = { name: 'ignore_lookup_error', type: binding.TF_ATTR_BOOL, value: true }
    for (const id of this.handles.flatMap(({ p, m, v }) => [p, m, v])) {
      binding.executeOp('DestroyResourceOp', [ignore], [id], 0)
      binding.deleteTensor(id)
    }
  }
}

let nextResource = 0
