import type { PublishedRemoteFile } from './fetch'

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
