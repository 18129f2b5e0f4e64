import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { audit } from '../../src/audit/audit'
import { bernoulli } from '../../src/distributions/bernoulli'
import { certify } from '../../src/metrics/certificate'
import { lidvae } from '../../src/models/builders'
import { saveModel } from '../../src/models/save'
import { load } from '../../src/runs/load'
import { skip as noRuntime } from '../audit/runtime'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'
import { pythonBlocks, pythonWith, runPython, withoutPython } from './pythonPages'

const NEEDED = 'torch, onnx, numpy, safetensors'
const python = pythonWith(NEEDED)
const skip = withoutPython(python, NEEDED)

const [DIM, LATENT, WIDE, HIDDEN, CODES] = [6, 2, 5, 7, 9]

/** What each map is called here, and in the module. */
const MAPS = { 'as in the paper': '(0, 0)', twist: '(2, 1)' } as const

/**
 * Takes the weights of a saved model, prints what it makes of codes, moves the weights, prints it again, and
 * saves them.
 */
const compare = (twists: string): string => `
torch.manual_seed(1)
decoder = InjectiveDecoder(${LATENT}, ${DIM}, hidden_latent=${WIDE}, hidden=${HIDDEN}, mu=0.5, s=0.7, twists=${twists})
z = torch.tensor(json.load(open("z.json"))).reshape(-1, ${LATENT})

def look():
    eta = decoder(z)
    least = (torch.pdist(eta.double()) / torch.pdist(z.double())).min().item()
    return {"eta": eta.flatten().tolist(), "certificate": decoder.certificate(), "least": least}

load_lidvae(decoder, "model")
first = look()
with torch.no_grad():
    for weight in decoder.parameters():
        weight.add_(0.3 * torch.randn_like(weight))
save_lidvae(decoder, "model")
print(json.dumps([first, look()]))
`

interface Look {
  eta: number[]
  certificate: number
  least: number
}

onEachEngine('docs/injective-decoder.md', () => {
  for (const [map, twists] of Object.entries(MAPS) as [keyof typeof MAPS, string][])
    it(`takes the weights of a lidvae, map ${map}, and gives its own back, number for number`, { skip }, () =>
      inFolder((folder) => {
        const model = lidvae({
          likelihood: bernoulli(DIM),
          latent: LATENT,
          hidden: HIDDEN,
          injective: { map, hiddenLatent: WIDE, mu: 0.5, anchor: 0.7 },
          seed: 4,
        })
        disturb(model.parameters, new Random(2), 0.3)
        const target = saveModel(model, path.join(folder, 'model'))
        const z = Array.from({ length: CODES * LATENT }, (_, i) => 2 * Math.sin(3 * i))
        writeFileSync(path.join(folder, 'z.json'), JSON.stringify(z))
        const [module, , , exchange] = pythonBlocks('injective-decoder.md')
        const looks = JSON.parse(runPython(python!, folder, module, exchange, compare(twists))) as Look[]
        const moved = load(target)
        for (const [i, one] of [model, moved].entries()) {
          const eta = tf.tidy(() => one.decoder.apply(tf.tensor2d(z, [CODES, LATENT])).dataSync())
          near(looks[i].eta, eta, 1e-4)
          const { constant } = certify(one)
          nearNumber(looks[i].certificate, constant, 1e-5 * constant)
          // μ₂ s μ₁ at least.
          assert.ok(looks[i].certificate >= 0.5 * 0.7 * 0.5 * 0.999, `${looks[i].certificate}`)
          assert.ok(looks[i].least >= looks[i].certificate, `${looks[i].least}`)
          one.dispose()
        }
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
