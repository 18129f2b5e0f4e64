import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type * as tf from '@tensorflow/tfjs'
import { temporaryFolder } from '../../../platform/fileSystem'
import type { NativeBackend } from '../../backend'
import { encodeSavedModel, type NodeDef } from './proto'

/** A graph loaded into TensorFlow: runs any of its inputs and outputs by name, until it is freed. */
export class GraphSession {
  private readonly id: number

  constructor(
    private readonly backend: NativeBackend,
    nodes: NodeDef[],
  ) {
    // TensorFlow loads a graph from a folder only; the folder is deleted as soon as it has.
    const folder = temporaryFolder('lidvae-graph-')
    try {
      writeFileSync(path.join(folder, 'saved_model.pb'), encodeSavedModel(nodes))
      this.id = backend.loadSavedModelMetaGraph(folder, 'serve')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Feeds tensors by node name and fetches outputs by `node:output`. */
  run(feeds: Record<string, tf.Tensor>, fetches: string[]): tf.Tensor[] {
    const infos = Object.keys(feeds).map((name) => ({ name: `${name}:0` }))
    return this.backend.runSavedModel(this.id, Object.values(feeds), infos, fetches)
  }

  /** Frees the session and its variables. */
  dispose(): void {
    this.backend.deleteSavedModel(this.id)
  }
}
