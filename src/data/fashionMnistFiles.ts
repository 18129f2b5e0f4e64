import type { RemoteFile } from './fetch'
import type { FileRecord } from '../platform/files'

/** Name of the data set and its folder. */
export const FASHION_MNIST = 'fashion-mnist'

/** Name of the embedded sample's folder. */
export const FASHION_SAMPLE = 'fashion-mnist-sample'

/** Names of the labels 0 … 9. */
export const FASHION_LABELS = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const

const SITES = [
  'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
]

const official = (name: string, size: number, md5: string): RemoteFile => ({
  name,
  size,
  md5,
  urls: SITES.map((site) => site + name),
})

/**
 * The four official files (sizes and MD5 as published): training images and labels, test images and labels.
 */
export const FASHION_FILES: readonly RemoteFile[] = [
  official('train-images-idx3-ubyte.gz', 26421880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'),
  official('train-labels-idx1-ubyte.gz', 29515, '25c81989df183df01b3e8a0aad5dffbe'),
  official('t10k-images-idx3-ubyte.gz', 4422102, 'bef4ecab320f06d8554ea6380940ec79'),
  official('t10k-labels-idx1-ubyte.gz', 5148, 'bb300cfdad3c16e7a12a480ee83cd310'),
]

/**
 * The four files of the embedded sample, in the same order, as scripts/make-fashion-sample.ts writes them.
 */
export const FASHION_SAMPLE_FILES: readonly FileRecord[] = [
  { name: 'train-images-idx3-ubyte.gz', size: 891356, md5: 'c97ce09ca78506f02580ae155be13e4c' },
  { name: 'train-labels-idx1-ubyte.gz', size: 1037, md5: 'c91d52e36c89187ac61ec12276c89b96' },
  { name: 't10k-images-idx3-ubyte.gz', size: 448985, md5: '16717602452213425d00b1f68c69b234' },
  { name: 't10k-labels-idx1-ubyte.gz', size: 520, md5: '4e73ab318c4afd82620404ba2fc1cdac' },
]
