import * as tf from '@tensorflow/tfjs'
import { nativeBackend, type NativeBackend, type OpAttribute } from '../backend'
import type { Optimizer } from './rule'

/** A rule's state: for each slot by name the numbers of every weight, in the weights' order. */
export type SlotValues = Record<string, Float32Array[]>

/** The state of an update rule over some weights, for steps that run operation by operation. */
export interface OptimizerState {
  /** The state as numbers. */
  read(): SlotValues
  /**
   * Updates the weights.
   * @param step the update's number, from 1.
   * @param trained indices of the weights that the gradients belong to; all by default.
   */
  apply(gradients: tf.Tensor[], rate: number, step: number, trained?: readonly number[]): void
  /** Frees the state. */
  dispose(): void
}

/** The rule's state for these weights, fused on the native engine; it starts at `slots`, or at zero. */
export function createOptimizerState(
  rule: Optimizer,
  variables: tf.Variable[],
  slots?: SlotValues,
): OptimizerState {
  if (rule.apply) return new OwnState(rule.apply.bind(rule), variables)
  const native = nativeBackend()
  return native ? new NativeState(native, rule, variables, slots) : new PlainState(rule, variables, slots)
}

/** The initial value of slot `name` of weight `i`. */
export const startOf = (
  slots: SlotValues | undefined,
  name: string,
  weight: tf.Variable,
  i: number,
): tf.Tensor => (slots ? tf.tensor(slots[name][i], weight.shape) : tf.zerosLike(weight))

const places = (variables: readonly tf.Variable[]): readonly number[] => variables.map((_, i) => i)

/** An optimiser that keeps its state itself. */
class OwnState implements OptimizerState {
  constructor(
    private readonly update: (gradients: Record<string, tf.Tensor>) => void,
    private readonly variables: tf.Variable[],
  ) {}

  apply(gradients: tf.Tensor[], _rate: number, _step: number, trained = places(this.variables)): void {
    this.update(Object.fromEntries(trained.map((i, at) => [this.variables[i].name, gradients[at]])))
  }

  read(): SlotValues {
    return {}
  }

  dispose(): void {
    // Its state belongs to its owner.
  }
}

/** The update in a few tfjs operations per weight, for engines without a fused one. */
class PlainState implements OptimizerState {
  private readonly slots: tf.Variable[][]

  constructor(
    private readonly rule: Optimizer,
    private readonly variables: tf.Variable[],
    slots?: SlotValues,
  ) {
    this.slots = variables.map((weight, i) =>
      rule.slots.map((name) => tf.tidy(() => tf.variable(startOf(slots, name, weight, i), false))),
    )
  }

  read(): SlotValues {
    return Object.fromEntries(
      this.rule.slots.map((name, s) => [
        name,
        this.slots.map((ofWeight) => ofWeight[s].dataSync() as Float32Array),
      ]),
    )
  }

  apply(gradients: tf.Tensor[], rate: number, step: number, trained = places(this.variables)): void {
    const scalars = this.rule.scalars(rate, step)
    trained.forEach((i, at) =>
      tf.tidy(() => {
        const weight = this.variables[i]
        const updated = this.rule.update(weight, this.slots[i], gradients[at], scalars)
        weight.assign(updated.weight)
        updated.slots.forEach((value, s) => this.slots[i][s].assign(value))
      }),
    )
  }

  dispose(): void {
    tf.dispose(this.slots)
  }
}

/**
 * TensorFlow's operation on resource variables. Weight and slots are stored there; after each update the tfjs
 * variable's handle points to the value read back, and is released before the next update, or TensorFlow
 * would copy the buffer first.
 */
class NativeState implements OptimizerState {
  private readonly resources: Record<string, number>[]
  private readonly seen: number[]
  private readonly float: OpAttribute

  constructor(
    private readonly backend: NativeBackend,
    private readonly rule: Optimizer,
    private readonly variables: tf.Variable[],
    slots?: SlotValues,
  ) {
    const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding
    this.float = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }
    this.resources = variables.map((variable, i) =>
      tf.tidy(() => {
        const made: Record<string, number> = { weight: this.resource(variable) }
        for (const slot of rule.slots) made[slot] = this.resource(startOf(slots, slot, variable, i))
        return made
      }),
    )
    this.seen = variables.map((variable) => this.handleOf(variable))
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

  read(): SlotValues {
    const { binding } = this.backend
    const readOne = (resource: number): Float32Array => {
      const [{ id }] = binding.executeOp('ReadVariableOp', [{ ...this.float, name: 'dtype' }], [resource], 1)
      // A copy: the addon's memory goes with its tensor.
      const values = Float32Array.from(binding.tensorDataSync(id) as Float32Array)
      binding.deleteTensor(id)
      return values
    }
    return Object.fromEntries(
      this.rule.slots.map((slot) => [slot, this.resources.map((made) => readOne(made[slot]))]),
    )
  }

  private handleOf(variable: tf.Variable): number {
    return this.backend.getInputTensorIds([variable])[0]
  }

  apply(gradients: tf.Tensor[], rate: number, step: number, trained = places(this.variables)): void {
    const { binding } = this.backend
    const scalars = Object.fromEntries(
      Object.entries(this.rule.scalars(rate, step)).map(([name, value]) => [
        name,
        binding.createTensor([], binding.TF_FLOAT, Float32Array.of(value)),
      ]),
    )
    const flags = Object.entries(this.rule.flags).map(([name, value]) => ({
      name,
      type: binding.TF_ATTR_BOOL,
      value,
    }))
    trained.forEach((i, at) => this.updateOne(i, gradients[at], scalars, [this.float, ...flags]))
    for (const id of Object.values(scalars)) binding.deleteTensor(id)
  }

  private updateOne(
    i: number,
    gradient: tf.Tensor,
    scalars: Record<string, number>,
    attributes: OpAttribute[],
  ): void {
    const { binding } = this.backend
    const variable = this.variables[i]
    const resource = this.resources[i]
    const dtype = { ...this.float, name: 'dtype' }
    const current = this.handleOf(variable)
    // The weight was assigned another value since.
    if (current !== this.seen[i])
      binding.executeOp('AssignVariableOp', [dtype], [resource.weight, current], 0)
    // A clone shares the handle: then it keeps the old value, and the weight gets a new tensor.
    const shared = this.backend.refCount(variable.dataId) > 1
    if (!shared) binding.deleteTensor(current)
    const known: Record<string, number> = {
      ...resource,
      ...scalars,
      gradient: this.backend.getInputTensorIds([gradient])[0],
    }
    binding.executeOp(
      this.rule.operation,
      attributes,
      this.rule.inputs.map((name) => known[name]),
      0,
    )
    if (shared)
      tf.tidy(() => variable.assign(this.backend.executeSingleOutput('Identity', [this.float], [variable])))
    const entry = this.backend.tensorMap.get(variable.dataId)
    if (shared) binding.deleteTensor(entry.id)
    entry.id = binding.executeOp('ReadVariableOp', [dtype], [resource.weight], 1)[0].id
    this.seen[i] = entry.id
  }

  dispose(): void {
    const { binding } = this.backend
    const ignore = { name: 'ignore_lookup_error', type: binding.TF_ATTR_BOOL, value: true }
    for (const id of this.resources.flatMap((resource) => Object.values(resource))) {
      binding.executeOp('DestroyResourceOp', [ignore], [id], 0)
      binding.deleteTensor(id)
    }
  }
}

let nextResource = 0
