// checkEngine runs this in a separate process: a library that crashes takes only that process down.
import { type FoundNative, loadNative } from './native'

const [, , folder, binding] = process.argv
const engine: FoundNative = {
  found: true,
  folder,
  binding,
  tensorflow: 'unknown',
  tfjsNode: 'unknown',
  from: 'wheel',
}
try {
  const { tf, engine: loaded } = loadNative(engine)
  const product = tf.matMul(tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[4], [5], [6]])).arraySync() as number[][]
  const right = product[0][0] === 32
  process.stdout.write(
    JSON.stringify(
      right ? { tensorflow: loaded.tensorflow } : { why: `1·4 + 2·5 + 3·6 gave ${product[0][0]}` },
    ),
  )
} catch (error) {
  process.stdout.write(JSON.stringify({ why: error instanceof Error ? error.message : String(error) }))
}
