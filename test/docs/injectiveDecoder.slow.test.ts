import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { audit } from '../../src/audit/audit'
import { bernoulli } from '../../src/distributions/bernoulli'
import { lidvae } from '../../src/models/builders'
import { skip as noRuntime } from '../audit/runtime'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { near } from '../support/near'
import { pythonBlocks, pythonWith, runPython, withoutPython } from './pythonPages'

const NEEDED = 'torch, onnx, numpy'
const python = pythonWith(NEEDED)
const skip = withoutPython(python, NEEDED)

const [DIM, LATENT, WIDE, HIDDEN, CODES] = [6, 2, 5, 7, 9]

/** Puts the weights of a model into the module, and prints what it makes of codes and how far it keeps them apart. */
const COMPARE = `
import json
given = json.load(open("weights.json"))
decoder = InjectiveDecoder(${LATENT}, ${DIM}, hidden_latent=${WIDE}, hidden=${HIDDEN}).double()
names = {"0": "g1", "1": "beta", "2": "g2"}
state = {}
for key, old in decoder.state_dict().items():
    part, rest = key.split(".", 1)
    kind, *number = rest.split(".")
    name = kind + (str(int(number[0]) + (kind == "V")) if number else "")
    state[key] = torch.tensor(given["weights"][f"decoder/{names[part]}/{name}"], dtype=torch.float64).reshape(old.shape)
decoder.load_state_dict(state)
z = torch.tensor(given["z"], dtype=torch.float64).reshape(-1, ${LATENT})
eta = decoder(z)
ratios = torch.pdist(eta) / torch.pdist(z)
print(json.dumps({"eta": eta.flatten().tolist(), "least": ratios.min().item()}))
`

onEachEngine('docs/injective-decoder.md', () => {
  it('is the decoder of a lidvae, number for number, and keeps its bound', { skip }, () =>
    inFolder((folder) => {
      const model = lidvae({
        likelihood: bernoulli(DIM),
        latent: LATENT,
        hidden: HIDDEN,
        injective: { hiddenLatent: WIDE },
        seed: 4,
      })
      const stored = [...model.parameters.variables, ...model.parameters.constants]
      const weights = Object.fromEntries(
        stored.map(([name, tensor]) => [name, Array.from(tensor.dataSync())]),
      )
      const z = Array.from({ length: CODES * LATENT }, (_, i) => 2 * Math.sin(3 * i))
      writeFileSync(path.join(folder, 'weights.json'), JSON.stringify({ weights, z }))
      const [module] = pythonBlocks('injective-decoder.md')
      const found = JSON.parse(runPython(python!, folder, module, COMPARE)) as {
        eta: number[]
        least: number
      }
      const eta = tf.tidy(() => model.decoder.apply(tf.tensor2d(z, [CODES, LATENT])).dataSync())
      near(found.eta, eta, 1e-4)
      // μ₂ s μ₁ = 1.
      assert.ok(found.least >= 1, `${found.least}`)
      model.dispose()
      return Promise.resolve()
    }),
  )

  it('is trained, exported and audited by the code of the page', { skip: skip || noRuntime }, () =>
    inFolder(async (folder) => {
      const save = 'import numpy as np\nnp.save("x.npy", x[:300].numpy())'
      runPython(
        python!,
        folder,
        'import torch\ntorch.manual_seed(0)',
        ...pythonBlocks('injective-decoder.md'),
        save,
      )
      const [encoder, decoder, data] = ['enc.onnx', 'dec.onnx', 'x.npy'].map((name) =>
        path.join(folder, name),
      )
      const { verdict, metrics, witness } = await audit(
        { encoder, decoder, data, likelihood: 'bernoulli' },
        { samples: 20 },
      )
      assert.equal(verdict[0].kind, 'healthy', verdict[0].summary)
      assert.ok(metrics.kl!.value > 1)
      assert.equal(witness!.found, false)
    }),
  )
})
