import type { PublishedSet } from '../choosePlace'

const files = (name: string) =>
  ['train', 'valid', 'test'].map((part) => ({ name: `${name}.${part}.txt`, urls: [] }))

/** Their archives are on a file service that sends pages instead of files, and no checksum was published. */
const archive = (name: string, id: string) =>
  `They are in the archive ${name} of jxhe/vae-lagging-encoder, Google Drive ${id}.`

/** Yahoo Answers as the release of He et al. 2019 lays it out. */
export const YAHOO: PublishedSet = {
  name: 'yahoo',
  title: 'Yahoo Answers',
  files: files('yahoo'),
  origin: archive('yahoo', '13azGlTuGdzWLCmgDmQPmvb_jcexVWX7i'),
}

/** Yelp in the same layout. */
export const YELP: PublishedSet = {
  name: 'yelp',
  title: 'Yelp',
  files: files('yelp'),
  origin: archive('yelp', '1FT49oLNV8syhmGXEgiK6XTjEfMNqqEJJ'),
}
