import path from 'node:path'
import { hasOnnxRuntime } from '../../src/platform/onnxRuntime'
import { root } from '../package/publicApi'

/** Why tests of ONNX files are skipped; false where they run. */
export const skip =
  !hasOnnxRuntime() &&
  'NOT CHECKED: onnxruntime-node is not installed; npm ci, or npm install onnxruntime-node'
if (skip) console.warn(`\n${'!'.repeat(100)}\nAUDITS OF ONNX FILES ${skip}\n${'!'.repeat(100)}\n`)

export const FIXTURES = path.join(root, 'test', 'fixtures', 'audit')
