/** The metrics of the paper's table. */
export const tableMetrics: readonly TableMetric[] = ['au', 'kl', 'mi', 'll']
/** One of them. */
export type TableMetric = 'au' | 'kl' | 'mi' | 'll'
/** Digits after the point that the table shows. */
export const digitsOf = (metric: string): number => (metric === 'll' ? 1 : 2)
