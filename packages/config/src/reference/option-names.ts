/** Options of the reference that say how its loader, its GPUs or its logs work: they change no result and have no counterpart here. */
export const technicalOptions: readonly string[] = [
  ...['num_workers', 'num_workers_test', 'lmdb', 'pin_memory', 'no_prefetch', 'no_prefetch_test', 'prefetch_factor', 'persistence'],
  ...['channels_last', 'sync_bn', 'reduce_bn', 'load_gpu_later', 'load_gpu_later_train', 'no_determ', 'no_deter_algo', 'deter_algo'],
  ...[
    'log_iter',
    'no_log',
    'profile',
    'debug',
    'torchcompile',
    'torchcompile_mode',
    'wandb',
    'wandb_watch',
    'no_ddp_broad_buf',
    'local_rank',
  ],
  ...['input_dim', 'save_iter', 'always_test', 'all_patch_train', 'pad_enc_bs', 'h5_path', 'h5_sub_path', 'sdpa_type', 'abx_pad_v'],
];

/** Options that the reference accepts and never uses, or that end it (SPEC §2, §17). */
export const deadOptions: readonly string[] = [
  ...[
    'same_psize_ratio',
    'da_act',
    'da_gated',
    'pool',
    'ffn_dp',
    'ffn_ratio',
    'rrt_pool',
    'model_path',
    'epoch_start',
    'lr_supi',
    'model_ema',
  ],
  ...['num_group_2d'],
];

/** Options that are carried over. */
export const mappedOptions: readonly string[] = [
  ...[
    'dataset_root',
    'dataset_sub_root',
    'csv_path',
    'datasets',
    'val_ratio',
    'cv_fold',
    'fold_start',
    'img_size',
    'val2test',
    'random_fold',
  ],
  ...[
    'mul_scale_input',
    'mul_scale_ratio',
    'same_psize',
    'image_input',
    'img_transform',
    'img_trans_chunk',
    'crop_scale',
    'main_alpha',
    'aux_alpha',
  ],
  ...['num_epoch', 'early_stopping', 'max_epoch', 'warmup_epochs', 'patient', 'n_classes', 'batch_size', 'max_patch_train', 'p_batch_size'],
  ...['p_batch_size_v', 'loss', 'opt', 'model', 'seed', 'lr', 'warmup_lr', 'lr_sche', 'weight_decay', 'accumulation_steps', 'clip_grad'],
  ...[
    'best_metric_index',
    'num_bootstrap',
    'bootstrap_mode',
    'act',
    'dropout',
    'mil_norm',
    'no_mil_bias',
    'mil_bias',
    'inner_dim',
    'pos',
    'n_heads',
  ],
  ...[
    'ffn',
    'freeze_enc',
    'enc_init',
    'test_type',
    'abx_D',
    'abx_attn_bias',
    'abx_attn_plus',
    'abx_attn_plus_embed_new',
    'title',
    'project',
  ],
  ...['output_path', 'mm', 'random_seed', 'amp', 'amp_unscale'],
];

/** Options that mean something to which there is no counterpart: said when they are set. */
export const unsupportedOptions: readonly string[] = [
  ...[
    'same_psize_pad_type',
    'sel_type',
    'num_group_1d',
    'no_drop_last',
    'bin_metric',
    'patch_shuffle',
    'n_layers',
    'attn_dropout',
    'attn_type',
  ],
  ...['epeg_k', 'crmsa_k', 'region_num', 'rrt_n_heads', 'rrt_n_layers', 'no_enc_pt', 'script_mode'],
];
