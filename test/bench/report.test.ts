import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { Row } from '../../bench/compare'
import { addShares, tableOf, writeReport, type Report } from '../../bench/report'

const times = { median: 10, quartiles: [9, 11] as [number, number], first: 100, repetitions: 5 }
const row: Row = {
  work: 'lidvae-step',
  size: 'authors',
  engine: 'native',
  peer: 'pytorch',
  formulation: 'authors',
  oursMs: 10,
  peerMs: 20,
  ratio: 0.5,
  model: 'lidvae',
  inference: { ours: 'one pass', peer: 'K passes' },
  parameters: 100,
  images: 2000,
  loss: { ours: 500, peer: 500 },
  times: { ours: times, peer: times },
  variant: { brenier: 'authors', compiled: false, threads: 2 },
  memory: { oursMb: 300, peerMb: 400, ratio: 0.75 },
  flops: 1e9,
}

describe('report of the benchmark', () => {
  it('is written whole, in the agreed form', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-test-'))
    try {
      const report = { machine: {}, versions: {}, results: [row] } as unknown as Report
      writeReport(path.join(folder, 'new', 'bench.json'), report)
      assert.deepEqual(await readdir(path.join(folder, 'new')), ['bench.json'])
      const read = JSON.parse(await readFile(path.join(folder, 'new', 'bench.json'), 'utf8')) as Report
      assert.deepEqual(Object.keys(read).sort(), ['machine', 'results', 'versions'])
      for (const key of ['work', 'engine', 'peer', 'formulation', 'oursMs', 'peerMs', 'ratio'])
        assert.ok(key in read.results[0], key)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('says the share of the best matrix product', () => {
    const rows = [{ ...row }, { ...row, flops: undefined }]
    addShares(rows, 200)
    // 1e9 operations in 10 ms are 100 GFLOPS.
    assert.ok(Math.abs(rows[0].shareOfPeak! - 0.5) < 1e-12)
    assert.equal(rows[1].shareOfPeak, undefined)
  })

  it('is a table with a line a row, times and ratios in columns', () => {
    const lines = tableOf([
      row,
      { ...row, work: 'epoch', peer: 'tfjs-node', formulation: 'best', variant: undefined },
    ]).split('\n')
    assert.equal(lines.length, 4)
    assert.match(
      lines[2],
      /lidvae-step +authors +native +10\.00 +PyTorch +authors +20\.00 +0\.50 +0\.75 .*K passes/,
    )
    assert.match(lines[3], /epoch .*tfjs-node as it comes .*lidvae, 2000 images/)
  })
})
