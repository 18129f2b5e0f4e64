import type { PublishedRemoteFile } from './fetch'
import type { FileRecord } from '../platform/files'

/** Name of the data set and its folder. */
export const OMNIGLOT = 'omniglot'

/**
 * The file of Burda et al.; its size and checksum were never published, so those of the first download are
 * recorded.
 */
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
  { name: 'train-images-idx3-ubyte.gz', size: 179584, md5: 'f39f7b1e7b23a9176e1c08731e1c6000' },
  { name: 'train-labels-idx2-ubyte.gz', size: 2031, md5: '1dc938f0a7c99547994c637e1b55b479' },
  { name: 'test-images-idx3-ubyte.gz', size: 51712, md5: '45dd51097def4f690d00fc15ad080741' },
  { name: 'test-labels-idx2-ubyte.gz', size: 618, md5: 'ab6c983964f11c4c0005b7816dbf682b' },
]
