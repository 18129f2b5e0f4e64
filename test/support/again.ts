import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ModelData } from '../../src/data/modelData'
import { save } from '../../src/display/save'
import type { Model } from '../../src/models/model'
import { encode } from '../../src/models/use'
import { readWeights } from '../../src/models/weights'
import { load } from '../../src/runs/load'
import { rerun } from '../../src/runs/rerun/rerun'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-again-'))
  try {
    return await use(path.join(folder, 'it'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const expectSame = async (loaded: Model, model: Model, data: ModelData): Promise<void> => {
  assert.deepEqual(readWeights(loaded), readWeights(model))
  assert.deepEqual([loaded.kind, loaded.steps, loaded.epochs], [model.kind, model.steps, model.epochs])
  assert.deepEqual(await encode(loaded, data), await encode(model, data))
}

/** A model that was saved is loaded with the same numbers. */
export const expectLoads = (model: Model, data: ModelData): Promise<void> =>
  inFolder(async (folder) => {
    save(model, folder)
    const loaded = load(folder)
    await expectSame(loaded, model, data)
    loaded.dispose()
  })

/**
 * A training leaves a folder from which the model is loaded with the same numbers, and which is rerun to the same bits.
 */
export const expectReruns = (model: Model, train: ModelData, options: FitOptions): Promise<void> =>
  inFolder(async (run) => {
    await fit(model, train, { verbose: false, ...options, run })
    const loaded = load(run)
    await expectSame(loaded, model, train)
    loaded.dispose()
    const { same, differences } = await rerun(run)
    assert.deepEqual({ same, differences }, { same: true, differences: [] })
  })
