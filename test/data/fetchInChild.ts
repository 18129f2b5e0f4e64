import { fetchFolder } from '../../src/data/fetchFolder'
import type { RemoteFile } from '../../src/data/fetch'

// A process of its own that downloads: `fetchInChild.ts FOLDER FILES-AS-JSON`, prints what it downloaded.
const [folder, files] = process.argv.slice(2)
fetchFolder(JSON.parse(files) as RemoteFile[], folder, {
  stale: 2000,
  onProgress: () => process.stdout.write('.'),
}).then(
  (fetched) => console.log(JSON.stringify(fetched)),
  (error: Error) => {
    console.log(error.message)
    process.exitCode = 1
  },
)
