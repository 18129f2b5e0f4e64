/** A row of docs/faults.md: what happens, what one sees, what is kept. Tests prove it by `@fault` and its name. */
export interface Fault {
  fault: string
  sees: string
  kept: string
}

export const faultRows: Record<string, Fault> = {
  killed: {
    fault: 'kill −9 (SIGKILL), a crash',
    sees: 'nothing; the next call prints `resuming after step 1200, from runs/first`',
    kept: 'everything up to the last checkpoint; half-written files are deleted',
  },
  stop: {
    fault: 'Ctrl-C, Stop in a notebook',
    sees: 'training ends after the current step, and the program continues after `fit`; a second Ctrl-C ends the program',
    kept: 'that step, in the model and in the folder',
  },
  signal: {
    fault:
      'SIGTERM or SIGHUP to a script, for example from a scheduler, a container, `timeout` or a closed terminal',
    sees: 'training ends after the current step, then the signal ends the script; code after `fit` does not run. If the script has its own handler for the signal, the handler decides',
    kept: 'that step, in the folder',
  },
  'command-ended': {
    fault: 'Ctrl-C, SIGTERM or SIGHUP to `lidvae run`, `start`, `table`, `lab`',
    sees: 'training in the kernel ends after the current step, with a limit of 20 seconds; then the command ends with code 130, 143 or 129, and no process is left running',
    kept: 'that step, in the folder of the training; of `run` and `start` the notebook as far as it ran',
  },
  'tool-ended': {
    fault: 'Ctrl-C, SIGTERM or SIGHUP to `lidvae fit`, `audit`, `setup`, `data fetch`, `table --again`',
    sees: 'the command ends with code 130, 143 or 129, and no process is left running',
    kept: 'of `fit` a checkpoint, of `data fetch` the part that arrived; no other file is left',
  },
  terminal: {
    fault: 'a command with a progress bar is ended, in whatever way',
    sees: 'the cursor and the wrapping of lines as before',
    kept: 'the bar changes nothing of the terminal that would have to be restored',
  },
  cluster: {
    fault: 'on Slurm: a job cancelled or requeued, Snakemake killed',
    sees: 'the job runs again by itself; after a killed Snakemake, run `snakemake --unlock` first',
    kept: 'everything up to the last checkpoint; the record is the one of an unbroken run',
  },
  'cluster-faults': {
    fault:
      'on Slurm: a job killed, out of time or out of memory, a node down; a job cancelled, with accounting',
    sees: 'the job runs again by itself, after a lack of memory with more of it',
    kept: 'as in the row above',
  },
  'command-killed': {
    fault: 'kill −9 of `lidvae run` or `lab`',
    sees: 'the processes that the command started (runner, kernel, JupyterLab) notice it and end',
    kept: 'the step under way, in the folder of the training',
  },
  'kernel-restarted': {
    fault: 'the kernel is shut down or restarted during training',
    sees: 'the kernel ends after the current step; if that takes longer than five seconds, Jupyter kills it',
    kept: 'that step, in the folder; after a kill, everything up to the last checkpoint',
  },
  'disk-full': {
    fault: 'the disk is full',
    sees: '`no checkpoint of step 1200: … cannot be written (ENOSPC: no space left on device, write)`',
    kept: 'training continues, and the previous checkpoint stays; at the end of training it is an error',
  },
  'not-writable': {
    fault: 'the folder cannot be written to',
    sees: '`DataError: … Choose a folder that can be written to.`',
    kept: 'nothing is trained, the model is as it was',
  },
  'checkpoint-damaged': {
    fault: 'a checkpoint is damaged or cut off',
    sees: '`… is damaged: … Resuming from the checkpoint before it.`',
    kept: 'three checkpoints are kept; if all of them are damaged, it is an error',
  },
  'file-damaged': {
    fault: '`run.json`, `model.json` or the weights are damaged',
    sees: '`DataError: … is damaged …`',
    kept: 'nothing is loaded',
  },
  'other-model': {
    fault: 'the checkpoint belongs to another model',
    sees: '`DataError: … weights of another model …`',
    kept: 'the model is as it was',
  },
  'other-format': {
    fault: 'the checkpoint has another format',
    sees: '`DataError: … is of format lidvae checkpoint 0, expected lidvae checkpoint 1. Resume it with the version of lidvae that wrote it.`',
    kept: 'the file',
  },
  'other-settings': {
    fault: 'other settings or data with the same folder',
    sees: '``ArgumentError: `seed` must be 2, as in the run in runs/first, got 5. Use the same value to resume that run, or name another folder.``',
    kept: 'the run in the folder',
  },
  'two-trainings': {
    fault: 'two trainings in one folder',
    sees: '`DataError: runs/first is being trained in by process 4711 host. Wait for it, or name another folder.`',
    kept: 'the first one, which holds a lock on the folder, by whatever path it is named; if its process no longer exists, or another one has its number now, the second one takes over',
  },
  'lock-elsewhere': {
    fault:
      'a training on another machine or in another container was killed, and its lock is still in the folder',
    sees: 'the same error, which names the lock file; `lidvae table` waits by itself',
    kept: 'as after kill −9; a lock that was not renewed for 60 seconds no longer counts',
  },
  'prints-on': {
    fault: 'a cell that prints or shows millions of characters, under `lidvae run`',
    sees: '`… 2,000,000 more characters that this cell printed are not kept.`',
    kept: 'the first million characters, charts and tables of 50 million, and what other cells print',
  },
  'never-ends': {
    fault: 'a cell or a notebook that never ends, under `lidvae run --timeout` or `--total-timeout`',
    sees: '`this cell ran for more than 60 s (--timeout)`',
    kept: 'training in it ends after the current step; the notebook as far as it ran',
  },
  'weights-too-large': {
    fault: 'the weights of a model need more memory than there is',
    sees: '`EngineError: weights of 40,000,280,000 numbers need 600 GiB to be trained (with gradients and moments), and there are 24 GiB. Take smaller sizes.`',
    kept: 'nothing is built',
  },
  'strangers-file': {
    fault: 'a file that someone else made or changed, or a pipe in its place',
    sees: 'one line that names the file and what is wrong with it',
    kept: 'nothing is loaded',
  },
  'step-too-large': {
    fault: 'a model, a batch or an evaluation is too large for memory',
    sees: '`EngineError: a step of 400000 data points needs more memory than there is (asked for shape[…]). Use a smaller batchSize or smaller widths.`',
    kept: 'the model and the folder; the WebAssembly engine must then be restarted, as the message says',
  },
  'heap-full': {
    fault: "JavaScript's own heap is full",
    sees: 'Node ends with `FATAL ERROR: … JavaScript heap out of memory`; JupyterLab says that the kernel died and starts a new one',
    kept: 'as after kill −9; resume with `NODE_OPTIONS=--max-old-space-size=8192` (megabytes)',
  },
  'nan-in-data': {
    fault: 'NaN or infinity in the data',
    sees: 'refused when the data set is made: ``ArgumentError: `x[17]` of data set own data must be a finite number, got NaN. …``',
    kept: 'nothing is trained',
  },
  'nan-in-training': {
    fault: 'NaN or infinity in weights, loss or gradients',
    sees: '`NumericalError: training of the vae stopped at step 7 (epoch 1): … It arose in the decoder … Try a rate below 0.1, clipNorm: 5, …`',
    kept: 'the weights of the step before; no weight takes such a value',
  },
  'engine-missing': {
    fault: 'the native engine is missing, damaged or of another build',
    sees: '`lidvae: WebAssembly engine, … (the prepared engine in … is damaged: libtensorflow_cc.so.2 has 3 bytes, expected 45. Run: npx lidvae setup)`; an error if you asked for the native engine by name',
    kept: 'everything runs on WebAssembly; a run that resumes on another engine prints that the last digits of its numbers may differ',
  },
  'download-cut': {
    fault: 'a download is cut off or altered',
    sees: 'an error with the name, the size and the checksum of the file',
    kept: 'the part that arrived; the download resumes from there',
  },
}
