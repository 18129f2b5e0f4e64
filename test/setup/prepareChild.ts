// Prepares an engine with the wheel described in the first argument; prints each step and the result as JSON lines.
import { prepareNative } from '../../src/setup/tensorflow'
import type { Wheel } from '../../src/setup/wheel'

void prepareNative({
  wheel: JSON.parse(process.argv[2]) as Wheel,
  onProgress: (progress) => process.stdout.write(`${JSON.stringify(progress)}\n`),
}).then((result) => process.stdout.write(`${JSON.stringify(result)}\n`))
