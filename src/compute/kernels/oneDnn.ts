import { oneDnnSetting } from '../../platform/environment'
import { architecture, processorDescription } from '../../platform/machine'

/** Processor instructions with which TensorFlow uses oneDNN's matrix product by default. */
const instructions = ['avx512_vnni', 'avx512_bf16', 'avx_vnni', 'amx_tile', 'amx_int8', 'amx_bf16']

/**
 * True where TensorFlow's matrix products are oneDNN's rather than Eigen's, by TensorFlow's own rule:
 * `TF_ENABLE_ONEDNN_OPTS`, else on x86 processors with instructions for neural networks. Where the
 * processor's flags cannot be read, false.
 */
export function usesOneDnn(setting = oneDnnSetting(), cpuInfo: () => string = processorDescription): boolean {
  if (architecture !== 'x64') return false
  if (setting !== undefined) return /^(1|true)$/i.test(setting)
  try {
    const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo())?.[1].trim().split(/\s+/))
    return instructions.some((name) => flags.has(name))
  } catch {
    return false
  }
}
