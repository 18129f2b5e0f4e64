import * as tf from '@tensorflow/tfjs'
import { nativeBackend } from './backend'
import { normals, uniforms } from './philox'
import { ArgumentError, requireInteger } from '../base/errors'
import { requireEngine } from './engine'
import { requireMemoryFor } from './memory'
import { storedConstant } from './storedConstants'
import { streamKey } from './streams'

/** Starting values of a weight: `count` numbers from the weight's own part of the initialisation stream. */
export type Initializer = (count: number, key: number) => Float32Array

/**
 * Starting values drawn from N(mean, std²).
 *
 * @param std standard deviation.
 * @param mean 0 by default.
 * @returns what makes the values, for `variable`.
 * @example
 * lid.Parameters.from(1).variable('W', [16, 784], lid.layers.normalInit(0.05))
 */
export const normalInit =
  (std: number, mean = 0): Initializer =>
  (count, key) =>
    normals(key, 0, count).map((n) => mean + std * n)

/**
 * Starting values drawn from U(−limit, limit).
 *
 * @param limit the largest absolute value.
 * @returns what makes the values, for `variable`.
 * @example
 * lid.Parameters.from(1).variable('W', [16, 784], lid.layers.uniformInit(0.05))
 */
export const uniformInit =
  (limit: number): Initializer =>
  (count, key) =>
    uniforms(key, 0, count).map((u) => limit * (2 * u - 1))

/**
 * The same starting value everywhere.
 *
 * @param value that number.
 * @returns what makes the values, for `variable`.
 * @example
 * lid.Parameters.from(1).variable('b', [784], lid.layers.constantInit(0))
 */
export const constantInit =
  (value: number): Initializer =>
  (count) =>
    new Float32Array(count).fill(value)

/** These numbers. */
export const valuesInit =
  (values: ArrayLike<number>): Initializer =>
  () =>
    Float32Array.from(values)

/** softplus⁻¹(y): the free weight whose softplus is y. */
export const inverseSoftplus = (y: number): number => y + Math.log(-Math.expm1(-y))

interface Store {
  readonly variables: Map<string, tf.Variable>
  readonly states: Map<string, tf.Variable>
  readonly starts: Map<string, () => Float32Array>
  readonly constants: Map<string, tf.Tensor>
  readonly use: { training: boolean; waits: boolean }
  /** How many numbers all of them hold. */
  held: number
}

/**
 * A model's weights by name: trainable variables, and fixed tensors such as anchors. Each weight starts from
 * its own part of the seeded initialisation stream, so adding or removing a layer changes no other weight, on
 * any engine.
 */
export class Parameters {
  private constructor(
    readonly seed: number,
    private readonly prefix: string,
    private readonly store: Store,
  ) {}

  /**
   * An empty set of weights.
   *
   * @param seed of the starting values, an integer ≥ 0.
   * @returns the set, to pass to layers.
   * @throws ArgumentError if the seed is not an integer ≥ 0; EngineError before `ready()`.
   * @example
   * const layer = lid.layers.dense(lid.Parameters.from(1), 'head', 16, 784)
   */
  static from(seed: number): Parameters {
    requireEngine('Parameters.from')
    requireInteger('seed', seed, 0)
    return new Parameters(seed, '', {
      variables: new Map(),
      states: new Map(),
      starts: new Map(),
      constants: new Map(),
      use: { training: false, waits: false },
      held: 0,
    })
  }

  /**
   * The same set, with names under `name/`.
   *
   * @param name of the part: `'decoder'`.
   * @returns a view of this set: what is added to it belongs to this set too.
   * @example
   * lid.layers.mlp(lid.Parameters.from(1).scope('decoder'), 'body', [16, 64, 784])
   */
  scope(name: string): Parameters {
    return new Parameters(this.seed, `${this.prefix}${name}/`, this.store)
  }

  /**
   * A new trainable weight.
   *
   * @param name its name in this scope.
   * @param shape its shape; `[]` for one number.
   * @param init computes its starting values from their count and a key of the seed's stream.
   * @returns the weight, `[…shape]`, freed by `dispose`.
   * @throws ArgumentError if there is a weight of that name.
   * @example
   * const scale = lid.Parameters.from(1).variable('scale', [784], (count) => new Float32Array(count).fill(1))
   */
  variable(name: string, shape: number[], init: Initializer): tf.Variable {
    return this.make(this.store.variables, name, shape, init, true)
  }

  /**
   * New numbers that training updates without a gradient, such as running averages: saved with the model.
   *
   * @param name its name in this scope.
   * @param shape its shape; `[]` for one number.
   * @param init makes its starting values.
   * @returns the variable, `[…shape]`, freed by `dispose`.
   * @throws ArgumentError if there is a weight of that name.
   * @example
   * const seen = lid.Parameters.from(1).state('seen', [16], lid.layers.constantInit(0))
   */
  state(name: string, shape: number[], init: Initializer): tf.Variable {
    return this.make(this.store.states, name, shape, init, false)
  }

  private make(
    kept: Map<string, tf.Variable>,
    name: string,
    shape: number[],
    init: Initializer,
    trainable: boolean,
  ): tf.Variable {
    const full = this.newName(name)
    this.hold(shape)
    const start = (): Float32Array =>
      init(tf.util.sizeFromShape(shape), streamKey(this.seed, 'initialisation', full))
    const variable = tf.tidy(() => tf.variable(tf.tensor(start(), shape), trainable))
    kept.set(full, variable)
    this.store.starts.set(full, start)
    return variable
  }

  /** A name in this scope in full. @throws ArgumentError where it is used: a file has each name once. */
  private newName(name: string): string {
    const full = this.prefix + name
    if (this.store.starts.has(full) || this.store.constants.has(full))
      throw new ArgumentError('name', full, 'unique within the model')
    return full
  }

  /** @throws EngineError if the model gets larger than memory, before anything of that size is made. */
  private hold(shape: readonly number[]): void {
    const all = this.store.held + shape.reduce((product, n) => product * n, 1)
    requireMemoryFor(all)
    this.store.held = all
  }

  /**
   * Resets weights of this scope to their starting values.
   *
   * @param which of them, by full name; all by default.
   * @example
   * model.parameters.scope('decoder').reset()
   */
  reset(which: (name: string) => boolean = () => true): void {
    for (const [name, variable] of [...this.variables].filter(([each]) => which(each)))
      tf.tidy(() => variable.assign(tf.tensor(this.store.starts.get(name)!(), variable.shape)))
  }

  /**
   * A new fixed tensor, kept and saved with the model and never trained. In a model that is loaded it has the saved
   * numbers.
   *
   * @param name its name in this scope.
   * @param values as many numbers as the shape holds, row-major.
   * @param shape its shape.
   * @returns the tensor, `[…shape]`, freed by `dispose`.
   * @throws ArgumentError when there is a weight or fixed tensor of that name.
   * @example
   * const anchor = lid.Parameters.from(1).constant('anchor', [1, 0, 0, 1], [2, 2])
   */
  constant(name: string, values: ArrayLike<number>, shape: number[]): tf.Tensor {
    const full = this.newName(name)
    this.hold(shape)
    const tensor = tf.keep(tf.tensor(storedConstant(full, shape) ?? Float32Array.from(values), shape))
    // Handed to TensorFlow now: at its first use it would become part of the first graph and an input of the
    // next, which TensorFlow then adds up in another order.
    nativeBackend()?.getInputTensorIds([tensor])
    this.store.constants.set(full, tensor)
    return tensor
  }

  /**
   * The key of this scope's part of the initialisation stream, for draws in plain JavaScript.
   *
   * @param name of the draw: another name, another key.
   * @returns an integer of 32 bits.
   * @example
   * const key = lid.Parameters.from(1).key('anchors')
   */
  key(name: string): number {
    return streamKey(this.seed, 'initialisation', this.prefix + name)
  }

  /** The trainable weights under this scope, by full name, in the order they were made. */
  get variables(): Map<string, tf.Variable> {
    return new Map([...this.store.variables].filter(([name]) => name.startsWith(this.prefix)))
  }

  /**
   * The numbers under this scope that training updates without a gradient, by full name, in the order they
   * were made.
   */
  get states(): Map<string, tf.Variable> {
    return new Map([...this.store.states].filter(([name]) => name.startsWith(this.prefix)))
  }

  /** The fixed tensors under this scope, by full name, in the order they were made. */
  get constants(): Map<string, tf.Tensor> {
    return new Map([...this.store.constants].filter(([name]) => name.startsWith(this.prefix)))
  }

  /**
   * Whether a training is updating them, and whether it waits for its caller's `onEpoch`: shared by every
   * view of a model, and set by `fit`.
   */
  get use(): { training: boolean; waits: boolean } {
    return this.store.use
  }

  /** Whether every weight still has the number it started from; true where there are none. */
  get atStart(): boolean {
    return [...this.store.variables].every(([name, variable]) => {
      const start = this.store.starts.get(name)!()
      return variable.dataSync().every((value, i) => value === start[i])
    })
  }

  /** How many trainable numbers there are. */
  get count(): number {
    return [...this.variables.values()].reduce((sum, v) => sum + v.size, 0)
  }

  /**
   * Frees every tensor of the set; what was built with it cannot be used afterwards.
   *
   * @example
   * model.parameters.dispose()
   */
  dispose(): void {
    for (const kept of [this.store.variables, this.store.states, this.store.constants]) {
      for (const tensor of kept.values()) tensor.dispose()
      kept.clear()
    }
    this.store.starts.clear()
  }
}
