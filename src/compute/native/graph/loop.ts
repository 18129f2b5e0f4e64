import type { Loop, LoopOutputs } from '../../graphs'
import { shapeMessage, type AttributeValue, type NodeDef } from './proto'
import { constant, nodeName, type Output, type Recorder } from './recorder'

/** How many turns TensorFlow may begin before the oldest has ended: its own default. */
const AHEAD = 10

/**
 * A loop as nodes of a graph. What is recorded of one turn stands in a frame, which TensorFlow runs as often
 * as there are turns: values that a turn hands to the next go round through
 * `Merge`, `Switch` and `NextIteration`, everything else that it uses comes in through a constant `Enter`,
 * and the rows that it makes go into a `TensorArray`.
 *
 * @returns tensors whose values only the graph has.
 */
export function recordLoop(
  recorder: Recorder,
  { turns, state, each, reversed, oneByOne, turn }: Loop,
): LoopOutputs {
  const { backend, nodes } = recorder
  const { TF_FLOAT, TF_INT32, TF_RESOURCE } = backend.binding
  const loop = recorder.freshName()
  const T = (dtype: number): NodeDef['attr'] => ({ T: { type: dtype } })
  const text = (value: string): AttributeValue => ({ s: Buffer.from(value) })
  const add = (name: string, op: string, input: string[], attr: NodeDef['attr']): string => {
    nodes.push({ name: `${loop}/${name}`, op, input, attr })
    return `${loop}/${name}:0`
  }
  const integers = (name: string, values: number[], shape: number[] = []): Output => {
    nodes.push(constant(`${loop}/${name}`, shape, TF_INT32, Int32Array.from(values)))
    return { name: `${loop}/${name}:0`, dtype: TF_INT32 }
  }
  const enter = (name: string, from: Output, isConstant: boolean): string =>
    add(name, 'Enter', [from.name], {
      ...T(from.dtype),
      frame_name: text(loop),
      is_constant: { b: isConstant },
      parallel_iterations: { i: oneByOne ? 1 : AHEAD },
    })
  const entered = new Map<string, string>()
  /** What is the same at every turn, as it is called inside. */
  const inside = (from: Output): string => {
    const name = entered.get(from.name) ?? enter(`fixed${entered.size}`, from, true)
    entered.set(from.name, name)
    return name
  }
  /**
   * A value that each turn changes, from its start: its name inside is `value…`, and after the last turn
   * `exit…`.
   */
  const variable = (key: string | number, start: Output): string => {
    const attr = T(start.dtype)
    enter(`enter${key}`, start, false)
    add(`merge${key}`, 'Merge', [`${loop}/enter${key}`, `${loop}/next${key}`], { ...attr, N: { i: 2 } })
    add(`switch${key}`, 'Switch', [`${loop}/merge${key}`, `${loop}/another`], attr)
    add(`exit${key}`, 'Exit', [`${loop}/switch${key}`], attr)
    return add(`value${key}`, 'Identity', [`${loop}/switch${key}:1`], attr)
  }
  const hand = (key: string | number, next: string, dtype: number): string =>
    add(`next${key}`, 'NextIteration', [next], T(dtype))

  // What comes from outside is recorded before the turn, and stays outside.
  const starts = state.map((tensor) => recorder.outputOf(tensor))
  const sources = each.map((tensor) => recorder.outputOf(tensor))
  const before = nodes.length
  const made = turn(
    state.map((tensor, k) => recorder.standIn(tensor, `${loop}/value${k}:0`)),
    each.map(({ shape, dtype }, k) =>
      recorder.standIn({ shape: shape.slice(1), dtype }, `${loop}/slice${k}:0`),
    ),
  )
  const next = made.state.map((tensor) => recorder.outputOf(tensor))
  const rows = made.rows.map((tensor) => recorder.outputOf(tensor))
  const ofTurn = nodes.splice(before)

  const zero = integers('zero', [0])
  const count = variable('Count', zero)
  const one = inside(integers('one', [1]))
  hand('Count', add('counted', 'AddV2', [count, one], T(TF_INT32)), TF_INT32)
  add('less', 'Less', [`${loop}/mergeCount`, inside(integers('turns', [turns]))], T(TF_INT32))
  add('another', 'LoopCond', [`${loop}/less`], {})
  const last = integers('last', [turns - 1])
  const place = reversed ? add('place', 'Sub', [inside(last), count], T(TF_INT32)) : count
  sources.forEach((source, k) =>
    add(`slice${k}`, 'GatherV2', [inside(source), place, inside(zero)], {
      Tparams: { type: source.dtype },
      Tindices: { type: TF_INT32 },
      Taxis: { type: TF_INT32 },
      batch_dims: { i: 0 },
    }),
  )
  // Constants, and tensors that the turn was the first to use, have no inputs and stay outside.
  const within = new Set(ofTurn.filter(({ input }) => input.length > 0).map(({ name }) => name))
  const named = (name: string): string =>
    within.has(nodeName(name)) || name.startsWith(`${loop}/`)
      ? name
      : inside({ name, dtype: recorder.typeOf(name) })
  for (const node of ofTurn) nodes.push({ ...node, input: node.input.map(named) })
  starts.forEach((start, k) => {
    variable(k, start)
    hand(k, named(next[k].name), start.dtype)
  })
  const range = integers('range', [...Array(turns).keys()], [turns])
  rows.forEach(({ name, dtype }, k) => {
    const element = {
      dtype: { type: dtype },
      element_shape: { shape: shapeMessage(made.rows[k].shape) },
    }
    const array = add(`array${k}`, 'TensorArrayV3', [integers(`size${k}`, [turns]).name], {
      ...element,
      dynamic_size: { b: false },
      clear_after_read: { b: true },
      identical_element_shapes: { b: true },
      tensor_array_name: text(`${loop}/array${k}`),
    })
    // The flow, a number without a meaning, has each write wait for the one before.
    const flow = variable(`Flow${k}`, { name: `${loop}/array${k}:1`, dtype: TF_FLOAT })
    const handle = inside({ name: array, dtype: TF_RESOURCE })
    const written = add(`write${k}`, 'TensorArrayWriteV3', [handle, place, named(name), flow], T(dtype))
    hand(`Flow${k}`, written, TF_FLOAT)
    add(`rows${k}`, 'TensorArrayGatherV3', [array, range.name, `${loop}/exitFlow${k}`], element)
  })
  return {
    state: state.map((tensor, k) => recorder.standIn(tensor, `${loop}/exit${k}:0`)),
    rows: made.rows.map(({ shape, dtype }, k) =>
      recorder.standIn({ shape: [turns, ...shape], dtype }, `${loop}/rows${k}:0`),
    ),
  }
}
