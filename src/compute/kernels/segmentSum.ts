import * as tf from '@tensorflow/tfjs'

interface SegmentSumArguments {
  inputs: { x: tf.TensorInfo; segmentIds: tf.TensorInfo }
  attrs: { numSegments: number }
  backend: unknown
}

/**
 * The sum of the rows of each segment, in plain JavaScript: WASM lacks this for the gradient of a look-up.
 */
export function registerSegmentSum(backendName: string): void {
  const kernelFunc = ({ inputs: { x, segmentIds }, attrs, backend: any }: SegmentSumArguments) => {
    const backend = any as {
      readSync(dataId: object): Float32Array
      write(values: Float32Array, shape: number[], dtype: string): object
    }
    const rows = backend.readSync(x.dataId)
    const segments = backend.readSync(segmentIds.dataId)
    const width = tf.util.sizeFromShape(x.shape.slice(segmentIds.shape.length))
    const shape = [attrs.numSegments, ...x.shape.slice(segmentIds.shape.length)]
    const sums = new Float32Array(attrs.numSegments * width)
    segments.forEach((segment, row) => {
      if (segment < 0 || segment >= attrs.numSegments) return
      const [from, to] = [row * width, segment * width]
      for (let i = 0; i < width; i++) sums[to + i] += rows[from + i]
    })
    return { dataId: backend.write(sums, shape, 'float32'), shape, dtype: 'float32' as const }
  }
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName,
    kernelFunc: kernelFunc as unknown as tf.KernelFunc,
  })
}
