/** Charts: each takes rows and returns a Vega-Lite specification, which `show` displays. */
export { beside } from './beside'
export { certificateRatios, type CertificateSample } from './certificateRatios'
export { classImages, type ClassImagesOptions, type LabelledImages } from './classImages'
export {
  collapse,
  collapseRows,
  type CollapseMetric,
  type CollapseOptions,
  type CollapseRow,
  type DiagnosisLike,
} from './collapse'
export { comparison, type Compared, type ComparisonOptions } from './comparison'
export { componentLabels, type ComponentLabelOptions } from './componentLabels'
export { confusion, type ConfusionOptions } from './confusion'
export type { Curve, Density } from './curves'
export { densities, type DensityOptions } from './densities'
export { exactSurface, surfaceGrid, type ExactSurfaceOptions, type Surface } from './exactSurface'
export { flatness, type FlatnessOptions } from './flatness'
export { imageTile, type Tile, type TileOptions } from './image'
export { interpolation, type InterpolationChartOptions } from './interpolation'
export { klUnits, type KlUnitsOptions } from './klUnits'
export { latentScatter, type LatentScatterOptions } from './latentScatter'
export { likelihoodSurface } from './likelihoodSurface'
export { likelihoodCurve, type LikelihoodCase, type LikelihoodCurveOptions } from './likelihoodCurve'
export { posteriorHistogram, type DrawsByMethod, type PosteriorHistogramOptions } from './posteriorHistogram'
export { projectLatent, type Projection } from './projectLatent'
export { rateDistortion, type RateDistortionOptions, type RateDistortionRow } from './rateDistortion'
export { reconstructions, type ReconstructionImages } from './reconstructions'
export { samples, type SampleImages } from './samples'
export type { ChartOptions, Row, Rows, TableLike, VegaLiteSpec } from './spec'
export { textLengths, wordFrequencies, type TextsLike } from './texts'
export { classColors, config, modelColors, type ModelLook } from './theme'
export { tradeOff, type TradeOffOptions, type TradeOffRow } from './tradeOff'
export { traces, type TraceOptions } from './traces'
export { training, type Curves, type TrainingOptions } from './training'
export { traversal, type TraversalChartOptions } from './traversal'
export { sweep, type SweepOptions } from './sweep'
export { truthCurves, type TruthCurveOptions } from './truthCurves'
export { unitBars, type UnitBarOptions, type UnitValues } from './unitBars'
