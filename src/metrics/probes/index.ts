/** What a simple classifier reads from the codes: probes of the latent space. */
export { knn, type KnnOptions } from './knn'
export { linear, type LinearProbeOptions } from './linear'
