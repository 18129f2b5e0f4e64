/** What is used of jStat, which comes without types. */
declare module 'jstat' {
  export const jStat: {
    /** Student's t: its distribution function at x with `dof` degrees of freedom. */
    readonly studentt: { cdf(x: number, dof: number): number }
  }
}
