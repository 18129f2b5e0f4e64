// Chooses an engine in a process of its own, and prints what came of it as one line of JSON after what
// startEngine() says.
import * as tf from '@tensorflow/tfjs'
import { engineInfo, startEngine, type EngineName } from '../../src/compute/engine'
import { findNative } from '../../src/compute/native/native'

const said: string[] = []
console.log = (line: string) => void said.push(line)

async function main(): Promise<void> {
  const [, , engine] = process.argv
  const report: Record<string, unknown> = { native: findNative().found, before: engineInfo() ?? null }
  try {
    const info = await startEngine(engine ? { engine: engine as EngineName } : {})
    const product = tf.tidy(() =>
      Array.from(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()),
    )
    Object.assign(report, { info, product, backend: tf.getBackend(), again: (await startEngine()) === info })
  } catch (error) {
    const { name, message, stack } = error as Error
    report.error = { name, message, stack }
  }
  process.stdout.write(JSON.stringify({ ...report, said }))
}

void main()
