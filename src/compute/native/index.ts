import { nativeBackend, type NativeBackend } from '../backend'
import type { Graphs } from '../graphs'
import { EvaluationGraph } from './graph/evaluationGraph'
import { recordLoop } from './graph/loop'
import { currentRecorder, isRecording } from './graph/recorder'
import { TrainingGraph } from './graph/trainingGraph'
import { findNative, loadNative, type FoundNative, type NoNative } from './native'
import { takeRecordedThreads, threadsInForce } from './threads'

/** TensorFlow's C++ engine, as the choice of engines uses it. */
export interface NativeEngine {
  /** Looks for it without loading it. */
  find(): FoundNative | NoNative
  /** Loads it and registers it with tfjs; @throws EngineError. */
  load(): void
  /** Steps and evaluations as TensorFlow graphs. */
  graphs: Graphs
  /** The thread settings in force. */
  threads(): { intra: string; inter: string }
  /** Requests a run's recorded thread settings; @returns true if they differ from the current ones. */
  takeRecordedThreads(run: string, loaded: boolean): boolean
}

const backend = (): NativeBackend => nativeBackend()!

/** TensorFlow's C++ engine. */
export const native: NativeEngine = {
  find: findNative,
  load: () => void loadNative(),
  graphs: {
    training: (variables, optimizer, slots, varied) =>
      new TrainingGraph(backend(), variables, optimizer, slots, varied),
    evaluation: () => new EvaluationGraph(backend()),
    isRecording,
    loop: (loop) => recordLoop(currentRecorder()!, loop),
  },
  threads: threadsInForce,
  takeRecordedThreads,
}
