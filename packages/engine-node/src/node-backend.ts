import type { DataType, Tensor } from '@tensorflow/tfjs-core';

/** An attribute of a TensorFlow operation, as the native binding takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of the native binding that this package uses. */
export interface NativeBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
  isUsingGpuDevice(): boolean;
}

/** The part of the node backend that this package uses: any TensorFlow kernel on tfjs tensors. */
export interface NodeBackend {
  readonly binding: NativeBinding;
  executeSingleOutput(op: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(op: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
  numDataIds(): number;
}

/** Short makers of attributes. */
export interface AttributeMaker {
  type(name: string, dtype: Extract<DataType, 'float32' | 'int32'>): OpAttribute;
  rawType(name: string, code: number): OpAttribute;
  int(name: string, value: number | readonly number[]): OpAttribute;
  float(name: string, value: number): OpAttribute;
  bool(name: string, value: boolean): OpAttribute;
  text(name: string, value: string): OpAttribute;
}

/** Attribute makers with the binding's own type codes. */
export function attributeMaker(binding: NativeBinding): AttributeMaker {
  const make = (type: number) => (name: string, value: unknown) => ({ name, type, value });
  const rawType = make(binding.TF_ATTR_TYPE);
  return {
    type: (name, dtype) => rawType(name, dtype === 'float32' ? binding.TF_FLOAT : binding.TF_INT32),
    rawType,
    int: make(binding.TF_ATTR_INT),
    float: make(binding.TF_ATTR_FLOAT),
    bool: make(binding.TF_ATTR_BOOL),
    text: make(binding.TF_ATTR_STRING),
  };
}
