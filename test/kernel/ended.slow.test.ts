import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { askKernel, notebookFolder, skip } from './askKernel'
import { CELL, requireLastStep } from './longTraining'

// @fault kernel-restarted
describe('a kernel that is ended in a training', { skip }, () => {
  for (const how of ['SIGTERM', 'SIGHUP', 'shutdown', 'restart'])
    it(`by ${how} keeps the step under way, and runs nothing behind the training`, async () => {
      const { folder, remove } = await notebookFolder()
      try {
        const cell = path.join(folder, 'cell.ts')
        writeFileSync(cell, CELL)
        await askKernel('ended.py', folder, cell, how)
        requireLastStep(folder, how)
      } finally {
        await remove()
      }
    })
})
