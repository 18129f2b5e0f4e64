import { RandomDoubles } from '../../compute/streams'
import type { NotSolvedError } from './errors'
import type { Guard } from './guard'
import { judgeNumbers } from './judgeNumbers'

/** A judge's finding about a wrong answer. */
export interface Finding {
  /** The arguments, the answer and the expected one, one line each. */
  readonly found: readonly string[]
  readonly hint: string
  /** The mistake that was recognised, by name. */
  readonly mistake?: string
}

/** A finding, an exercise that is not solved, or nothing wrong. */
export type Judged = Finding | NotSolvedError | undefined

/** An exercise of a lab: what it asks, and how an answer is judged. */
export interface Exercise {
  /** What the answer computes, in a line. */
  readonly title: string
  /** Mistakes that are recognised, with the hint that each gets. */
  readonly mistakes: Readonly<Record<string, string>>
  /** Those that can be computed: what each computes. */
  readonly wrongAnswers?: Readonly<Record<string, (...args: never[]) => unknown>>
  /** What is wrong with an answer; undefined if nothing is. */
  judge(answer: Guard, seed: number): Judged | Promise<Judged>
}

/** Numbers, rows of numbers, or a matrix of them. */
export type Numbers = number | ArrayLike<number> | ArrayLike<ArrayLike<number>>

/** A common mistake: what it computes instead of the right value, and its hint. */
export interface Mistake<Args extends readonly unknown[]> {
  readonly instead: (...args: Args) => Numbers
  readonly hint: string
}

/** An exercise whose answer is compared with a function, number by number. */
export interface Computation<Args extends readonly unknown[]> {
  readonly title: string
  /** Names of the arguments, for messages. */
  readonly names: readonly string[]
  readonly right: (...args: Args) => Numbers
  /** One draw of the arguments. */
  readonly draw: (random: Random) => Args
  readonly mistakes: Readonly<Record<string, Mistake<Args>>>
  /** Cases at the edge, tried after the draws, with what goes wrong there. */
  readonly edges?: Readonly<Record<string, { readonly args: Args; readonly hint: string }>>
  /** Used if no mistake is recognised. */
  readonly hint: string
}

/** An exercise from the right function, draws of its arguments, and common mistakes. */
export function computation<Args extends readonly unknown[]>(what: Computation<Args>): Exercise {
  const edges = Object.entries(what.edges ?? {}).map(([name, { hint }]) => [name, hint] as const)
  const mistakes = Object.entries(what.mistakes).map(([name, { hint }]) => [name, hint] as const)
  return {
    title: what.title,
    mistakes: Object.fromEntries([...mistakes, ...edges]),
    wrongAnswers: Object.fromEntries(
      Object.entries(what.mistakes).map(([name, { instead }]) => [name, instead]),
    ),
    judge: (answer, seed) => judgeNumbers(what, answer, new Random(seed, what.title)),
  }
}

/** Draws for exercises, rounded so that they can be read in a message and typed in again. */
export class Random {
  private readonly doubles: RandomDoubles

  constructor(seed: number, part: string) {
    this.doubles = RandomDoubles.of(seed, `labs/${part}`)
  }

  /** In [from, to], two digits. */
  number(from: number, to: number): number {
    return Number((from + (to - from) * this.doubles.uniform()).toFixed(2))
  }

  /** Of a size in [from, to] and either sign. */
  signed(from: number, to: number): number {
    return this.number(from, to) * (this.doubles.uniform() < 0.5 ? -1 : 1)
  }

  /** An integer from `from` to `to`. */
  count(from: number, to: number): number {
    return from + Math.floor((to - from + 1) * this.doubles.uniform())
  }

  /** N(0, 1), two digits. */
  normal(): number {
    return Number(this.doubles.normal().toFixed(2))
  }

  /** `length` draws of something. */
  list<T>(length: number, draw: (i: number) => T): T[] {
    return Array.from({ length }, (_, i) => draw(i))
  }
}
