/** Probes of the latent space: how well simple classifiers predict labels from codes. */
export { knn, type KnnOptions } from './knn'
export { linear, type LinearProbeOptions } from './linear'
