import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { prepareSnakemake } from './snakemake'
import { type Slurm, startSlurm, whyNoSlurm } from './slurm'
import type { Kind } from './slurmConfiguration'
import { makeUnbroken, sameResults, SlurmRun, timed } from './slurmRun'

const METHODS = ['plain', 'free-bits', 'lid']
const ONE = ['plain']
const full = process.env.LIDVAE_TEST_FULL ? false : 'it takes minutes: npm run test:full'

describe('the workflow on Slurm', () => {
  let folder: string
  before(() => void (folder = mkdtempSync(path.join(tmpdir(), 'lidvae-slurm-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** The records that nothing interrupted, made once. */
  const unbroken = (methods: readonly string[]): string => {
    const whole = path.join(folder, `unbroken-${methods.length}`)
    if (!existsSync(whole)) makeUnbroken(whole, methods)
    return whole
  }

  /** A test on a Slurm of a kind, which the tests of a name share. */
  const on = (name: string, kind: Kind) => {
    let slurm: Slurm | undefined
    let missing: string | undefined
    after(() => slurm?.stop())
    before(async () => {
      missing = whyNoSlurm(kind) ?? prepareSnakemake()
      if (missing) return console.log(`NO SLURM (${name}): ${missing}`)
      slurm = await startSlurm(path.join(folder, name), kind)
    })
    return (
      what: string,
      use: (slurm: Slurm, where: string) => Promise<void>,
      skip: string | false = full,
    ): void =>
      void it(what, { skip }, async (t: TestContext) => {
        if (!slurm) return t.skip(missing)
        await timed(what, () => use(slurm!, path.join(folder, what.replaceAll(/\W+/g, '-'))))
      })
  }

  /** One cell whose job meets a fault under way: it ends well, with the record of an unbroken run. */
  const survives = async (
    slurm: Slurm,
    where: string,
    fault: (id: string, run: SlurmRun) => Promise<void>,
    config: readonly string[] = [],
  ): Promise<void> => {
    const run = new SlurmRun(slurm, where, ONE, config)
    const { said, ended } = run.start()
    await fault(await run.underWay('plain'), run)
    assert.equal(await ended, 0, said())
    sameResults(where, unbroken(ONE), ONE)
  }

  describe('without accounting', () => {
    const test = on('plain', {})

    // @fault cluster
    test(
      'a cancelled job, a requeued one and a killed Snakemake',
      async (slurm, where) => {
        unbroken(METHODS)
        const run = new SlurmRun(slurm, where, METHODS)
        const first = run.start()
        const cancelled = await run.underWay('lid')
        await timed('cancelled until it trains again', async () => {
          slurm.ask('scancel', cancelled)
          await run.reaches(cancelled, 'CANCELLED')
          assert.notEqual(await run.underWay('lid'), cancelled)
        })
        const requeued = await run.underWay('lid')
        await timed('requeued until it trains again', () =>
          run.requeued(requeued, () => slurm.ask('scontrol', 'requeue', requeued)),
        )
        await timed('Snakemake killed until all is done', async () => {
          first.child.kill('SIGKILL')
          assert.equal(await first.ended, 'SIGKILL', first.said())
          const locked = run.start()
          assert.equal(await locked.ended, 1)
          assert.match(locked.said(), /LockException/)
          assert.equal(await run.start('--unlock').ended, 0)
          const again = run.start()
          assert.equal(await again.ended, 0, again.said())
        })
        sameResults(where, unbroken(METHODS), METHODS)
      },
      false,
    )

    // @fault cluster-faults (full)
    test('kill −9 of the process that trains', (slurm, where) =>
      survives(slurm, where, (_, run) => run.killed('plain')))

    // @fault cluster-faults (full)
    test('a node that is down', (slurm, where) =>
      survives(slurm, where, async (id, run) => {
        const node = slurm.ask('squeue', '-h', '-j', id, '-o', '%N').trim()
        await run.requeued(id, () =>
          slurm.ask('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test'),
        )
        assert.notEqual(slurm.ask('squeue', '-h', '-j', id, '-o', '%N').trim(), node)
        slurm.ask('scontrol', 'update', `nodename=${node}`, 'state=resume')
      }))

    // The job stands still, as on a node that swaps, so that its time is up however fast the machine is.
    // @fault cluster-faults (full)
    test('a time limit', (slurm, where) =>
      survives(slurm, where, async (id, run) => {
        process.kill(run.processOf('plain'), 'SIGSTOP')
        slurm.ask('scontrol', 'update', `jobid=${id}`, 'timelimit=1')
        await run.reaches(id, 'TIMEOUT')
      }))
  })

  if (full) return
  describe('with accounting', () => {
    const test = on('accounting', { accounting: true })

    // @fault cluster-faults (full)
    test('with accounting: a cancelled job', (slurm, where) =>
      survives(slurm, where, async (id, run) => {
        slurm.ask('scancel', id)
        await run.reaches(id, 'CANCELLED')
        assert.match(slurm.ask('sacct', '-n', '-X', '-j', id, '-o', 'State'), /CANCELLED/)
      }))
  })

  describe('with control groups', () => {
    const test = on('memory', { memory: true })

    // @fault cluster-faults (full)
    test('a job without enough memory, which gets more at a further attempt', async (slurm, where) => {
      const run = new SlurmRun(slurm, where, ONE, ['memory_mb=300', 'most_memory_mb=4000'])
      const { said, ended } = run.start()
      assert.equal(await ended, 0, said())
      assert.match(said(), /OUT_OF_MEMORY/)
      sameResults(where, unbroken(ONE), ONE)
    })
  })
})
