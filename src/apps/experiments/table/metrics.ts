/** The metrics of the paper's table. */
export const tableMetrics = ['au', 'kl', 'mi', 'll'] as const
/** One of them. */
export type TableMetric = (typeof tableMetrics)[number]
/** Digits after the point that the table shows. */
export const digitsOf = (metric: string): number => (metric === 'll' ? 1 : 2)
