/** A command that many workers of a cluster carry out together. */
export interface ClusterJob {
  /** Arguments of `slidestream`, with `--shard auto`. */
  readonly args: readonly string[];
  readonly tasks: number;
  readonly cpus: number;
  /** `16G` */
  readonly memory: string;
  readonly name: string;
  /** Slurm's limit. */
  readonly time: string;
  /** Kubernetes' image and claim of the volume that all workers see. */
  readonly image: string;
  readonly volume: string;
}

/**
 * A Slurm array job. Slurm asks a task to stop two minutes before its time is up or when it is preempted; it ends with 75 and is queued again. Slides that
 * were left out (3) are no failure of the task: `slidestream status` lists them.
 */
export function slurmJob({ args, tasks, cpus, memory, name, time }: ClusterJob): string {
  return `#!/bin/bash
#SBATCH --job-name=${name}
#SBATCH --array=0-${tasks - 1}
#SBATCH --cpus-per-task=${cpus}
#SBATCH --mem=${memory}
#SBATCH --time=${time.replaceAll(/[^\d:-]/g, '')}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --output=${name}-%A_%a.log

${workerScript(args)}
case $code in
  3) exit 0 ;;
  75) scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"; exit 0 ;;
  *) exit "$code" ;;
esac
`;
}

/**
 * A Kubernetes indexed Job. The index comes as JOB_COMPLETION_INDEX; how many there are has to be said. Evicted and stopped workers are started again; wrong
 * usage and bad data are not, since another try would end the same.
 */
export function kubernetesJob({ args, tasks, cpus, memory, name, image, volume }: ClusterJob): string {
  const script = `${workerScript(args)}\n[ "$code" -eq 3 ] || exit "$code"`;
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
  completionMode: Indexed
  completions: ${tasks}
  parallelism: ${tasks}
  backoffLimitPerIndex: 6
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
      - action: FailIndex
        onExitCodes:
          containerName: worker
          operator: In
          values: [2, 65]
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 120
      containers:
        - name: worker
          image: ${JSON.stringify(image)}
          command: [/bin/sh, -c]
          args:
            - |
${script.replaceAll(/^/gm, ' '.repeat(14))}
          env:
            - name: JOB_COMPLETIONS
              value: "${tasks}"
          resources:
            requests: { cpu: "${cpus}", memory: ${memory}i }
            limits: { memory: ${memory}i }
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: ${volume}
`;
}

/** Runs the worker and passes a request to stop on to it: a shell that waits for a program heeds no signal, one that waits for a job does. */
function workerScript(args: readonly string[]): string {
  return `slidestream ${args.map(shellWord).join(' ')} &
worker=$!
asked=
trap 'asked=1; kill -TERM "$worker" 2> /dev/null' TERM
wait "$worker"; code=$?
if [ -n "$asked" ]; then wait "$worker"; code=$?; fi`;
}

/** A word that a shell takes as it is. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
