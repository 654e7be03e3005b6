import { InvalidArgumentError } from 'commander';

/** Parses `--channel-order`. */
export function channelOrder(text: string): 'rgb' | 'bgr' {
  if (text === 'rgb' || text === 'bgr') return text;
  throw new InvalidArgumentError('It is rgb or bgr.');
}
