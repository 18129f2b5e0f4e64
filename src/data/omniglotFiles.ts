import type { PublishedRemoteFile } from './fetch'
import type { FileRecord } from './files'

/** Name of the data set, and of its folder. */
export const OMNIGLOT = 'omniglot'

/** The file of Burda et al.; its size and checksum were never published, so those of the first download are recorded. */
export const OMNIGLOT_FILES: readonly PublishedRemoteFile[] = [
  {
    name: 'chardata.mat',
    urls: ['https://raw.githubusercontent.com/yburda/iwae/master/datasets/OMNIGLOT/chardata.mat'],
    begins: 'MATLAB 5.0 MAT-file',
  },
]

/** Name of the embedded sample's folder. */
export const OMNIGLOT_SAMPLE = 'omniglot-sample'

/** The four files of the embedded sample, as scripts/make-omniglot-sample.ts writes them. */
export const OMNIGLOT_SAMPLE_FILES: readonly FileRecord[] = [
  { name: 'train-images-idx3-ubyte.gz', size: 0, md5: '' },
  { name: 'train-labels-idx2-ubyte.gz', size: 0, md5: '' },
  { name: 'test-images-idx3-ubyte.gz', size: 0, md5: '' },
  { name: 'test-labels-idx2-ubyte.gz', size: 0, md5: '' },
]
