/**
 * The wheels that carry libtensorflow, pinned: what else has the same name and version is refused.
 *
 * @typedef {{ name: string, version: string, sha256: string, platforms: readonly string[] }} Wheel
 * @typedef {'cpu' | 'gpu'} EngineVariant
 */

/** Release of libtensorflow; `binding.TF_Version` says the same once it is loaded. */
export const TENSORFLOW_VERSION = '2.20.0';

/** @type {(name: string, version: string, sha256: string) => Wheel} */
const wheel = (name, version, sha256) => ({
  name,
  version,
  sha256,
  platforms: ['manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64'],
});

/** @type {Readonly<Record<EngineVariant, { library: Wheel, cuda: readonly Wheel[], diskBytes: number }>>} */
export const ENGINE_WHEELS = {
  cpu: {
    library: wheel('tensorflow-cpu', TENSORFLOW_VERSION, 'cf756bbe2d256e942ab5d0ad2c858fb40017581494febdb4387c149b1afde780'),
    cuda: [],
    diskBytes: 1.5e9,
  },
  gpu: {
    library: wheel('tensorflow', TENSORFLOW_VERSION, '481499fd0f824583de8945be61d5e827898cdaa4f5ea1bc2cc28ca2ccff8229e'),
    cuda: [
      wheel('nvidia-cublas-cu12', '12.9.3.13', 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'),
      wheel('nvidia-cuda-cupti-cu12', '12.8.90', 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182'),
      wheel('nvidia-cuda-nvcc-cu12', '12.9.86', '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'),
      wheel('nvidia-cuda-nvrtc-cu12', '12.9.86', '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4'),
      wheel('nvidia-cuda-runtime-cu12', '12.9.79', '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3'),
      wheel('nvidia-cudnn-cu12', '9.28.0.42', '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
      wheel('nvidia-cufft-cu12', '11.4.1.4', 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
      wheel('nvidia-curand-cu12', '10.3.10.19', '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'),
      wheel('nvidia-cusolver-cu12', '11.7.5.82', '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88'),
      wheel('nvidia-cusparse-cu12', '12.5.10.65', '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78'),
      wheel('nvidia-nccl-cu12', '2.32.3', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
      wheel('nvidia-nvjitlink-cu12', '12.9.86', 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'),
    ],
    diskBytes: 9e9,
  },
};
