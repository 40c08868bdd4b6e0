# 标识为何暂停（对公众的说明）。
badges-why-stopped = 原因：
badges-cause-deception_finding = 一起纠纷的裁决认定它欺骗了买家。
badges-cause-fund_debt = 它欠保障基金的款项尚未还清。
badges-cause-domain_lost = 它的网站连续七天未能通过验证。
badges-cause-agreement_superseded = 它没有按时签署新版联盟协议。
badges-cause-renewed = 已续期十二个月。
# 哪一项原因已经解除。
badges-ended-deception_finding = 工作人员解除了此前的暂停。
badges-ended-staff = 工作人员解除了此前的暂停。
badges-ended-fund_debt = 它欠保障基金的款项已还清。
badges-ended-domain_lost = 它的网站重新通过了验证。
badges-ended-agreement_superseded = 它已签署新版联盟协议。
badges-still-standing = 仍在暂停：

# 商家要做什么，或者在等什么。
duties-heading = 待办事项
duty-turn-yours = 等您处理
duty-turn-ours = 等我们处理
duty-since = 开始时间：
duty-by = 截止时间：
duty-ends = 标识到期时间：
duty-reason = 给出的理由：
duty-deception_finding = 纠纷裁决认定存在欺骗
duty-deception_finding-text = 一起纠纷的裁决认定买家受到了欺骗。工作人员确信不会再发生后，会解除暂停；您无需在此操作。{ $detail }
duty-deception_finding-action = 前往我的店铺
duty-fund_debt = 欠保障基金的款项
duty-fund_debt-text = 保障基金已替您向买家赔付，欠款从您的余额和后续货款中偿还。{ $then ->
        [active] 还清后，标识立即恢复。
        [others] 标识另有暂停原因，全部消除后才会恢复。
       *[none] 还清之前，新获得的标识也会处于暂停状态。
    }{ $detail }
duty-fund_debt-action = 查看余额
duty-domain_lost = 您的网站无法验证
duty-domain_lost-text = 您的域名（{ $detail }）连续七天都未能通过验证。请把证明文件放回原处并检查域名。{ $then ->
        [active] 通过后，标识立即恢复。
        [others] 标识另有暂停原因，全部消除后才会恢复。
       *[none] 通过之前，新获得的标识也会处于暂停状态。
    }
duty-domain_lost-action = 验证域名
duty-agreement_superseded = 新版协议尚未签署
duty-agreement_superseded-text = 您签署的协议被新版取代已超过 30 天。请阅读变更内容并签署新版。{ $then ->
        [active] 签署后，标识立即恢复。
        [others] 标识另有暂停原因，全部消除后才会恢复。
       *[none] 签署之前，新获得的标识也会处于暂停状态。
    }
duty-agreement_superseded-action = 阅读并签署协议
duty-staff = 工作人员暂停了标识
duty-staff-text = 工作人员暂停了您的标识，原因消除后会解除暂停。{ $detail }
duty-staff-action = 前往我的店铺
duty-sign_again = 签署新版协议
duty-sign_again-text = 联盟协议第 { $detail } 版取代了您签署的版本。如未按时签署，您的标识将暂停，直到签署为止。
duty-sign_again-action = 查看变更内容
duty-prove_domain = 您的网站目前无法验证
duty-prove_domain-text = 我们每天检查一次，最近一次您的域名（{ $detail }）都未能通过验证。如果连续七天如此，您的标识将暂停，直到有域名重新通过验证。
duty-prove_domain-action = 验证域名
duty-renew = 为标识续期
duty-renew-text = 现在可以续期。我们会重新核验六项标准；通过后，新的十二个月从原到期日起算，提前申请不会少一天。
duty-renew-action = 前往续期

# 告知商家的内容。
mail-badge-suspended-deception-finding-subject = 您的信用标识已暂停：认定存在欺骗
mail-badge-suspended-deception-finding-body = 一起纠纷的裁决认定买家受到了欺骗，因此您的信用标识 { $code } 已暂停，所有展示之处都会注明。原因：{ $reason }

    请配合工作人员的询问；确信不会再发生后，工作人员会解除暂停。在此之前，您的新订单不受保障。{ $further ->
        [yes] 标识另有暂停原因，全部消除后才会恢复。
       *[no] {""}
    }
mail-badge-suspended-deception-finding-action = 查看现状
mail-badge-suspended-fund-debt-subject = 您的信用标识已暂停：欠保障基金款项
mail-badge-suspended-fund-debt-body = 保障基金已替您向买家赔付，因此您的信用标识 { $code } 已暂停，所有展示之处都会注明。原因：{ $reason }

    欠款从您的余额和后续货款中偿还。{ $further ->
        [yes] 标识另有暂停原因，全部消除后才会恢复。
       *[no] 还清后，标识会自动恢复。
    }
mail-badge-suspended-fund-debt-action = 查看余额
mail-badge-suspended-domain-lost-subject = 您的信用标识已暂停：网站无法验证
mail-badge-suspended-domain-lost-body = 您的域名连续七天都未能通过验证，因此您的信用标识 { $code } 已暂停，所有展示之处都会注明。

    请把证明文件放回原处并检查域名。在此之前，您的新订单不受保障。{ $further ->
        [yes] 标识另有暂停原因，全部消除后才会恢复。
       *[no] 通过后，标识立即恢复。
    }
mail-badge-suspended-domain-lost-action = 验证域名
mail-badge-suspended-agreement-superseded-subject = 您的信用标识已暂停：新版协议尚未签署
mail-badge-suspended-agreement-superseded-body = 您签署的联盟协议已被新版取代，而新版未在 30 天内签署，因此您的信用标识 { $code } 已暂停，所有展示之处都会注明。

    请阅读变更内容并签署。在此之前，您的新订单不受保障。{ $further ->
        [yes] 标识另有暂停原因，全部消除后才会恢复。
       *[no] 签署后，标识立即恢复。
    }
mail-badge-suspended-agreement-superseded-action = 阅读并签署协议
mail-badge-active-again-subject = 您的信用标识已恢复
mail-badge-active-again-body = 您的信用标识 { $code } 已恢复有效：{ $ended ->
        [domain_lost] 网站已通过验证。
        [fund_debt] 欠保障基金的款项已还清。
        [agreement_superseded] 新版协议已签署。
       *[other] 暂停已解除。
    }
mail-badge-active-again-action = 前往我的店铺
mail-badge-cause-ended-subject = 您的信用标识因其他原因仍在暂停
mail-badge-cause-ended-body = 您的信用标识 { $code } 暂停的原因之一已经消除：{ $ended ->
        [domain_lost] 网站已通过验证。
        [fund_debt] 欠保障基金的款项已还清。
        [agreement_superseded] 新版协议已签署。
       *[other] 工作人员解除了此前的暂停。
    }

    尚存的原因：{ $left_deception_finding ->
        [yes] 纠纷裁决认定存在欺骗，由工作人员处理；
       *[no] {""}
    }{ $left_fund_debt ->
        [yes] 欠保障基金的款项；
       *[no] {""}
    }{ $left_domain_lost ->
        [yes] 网站无法验证；
       *[no] {""}
    }{ $left_agreement_superseded ->
        [yes] 新版协议尚未签署；
       *[no] {""}
    }{ $left_staff ->
        [yes] 工作人员的暂停；
       *[no] {""}
    }全部消除后标识才会恢复。处理办法见您的店铺页面。
mail-badge-cause-ended-action = 查看如何处理
mail-badge-renewal-opens-subject = 请为您的信用标识续期
mail-badge-renewal-opens-body = 您的信用标识将于{ $ends_at }到期。现在就可以申请续期，表格已按您上次填写的内容预先填好。

    通过后，新的十二个月从原到期日起算，提前申请不会少一天。不续期，标识到期失效，新订单不受保障。如果已经申请，则无需处理。
mail-badge-renewal-opens-action = 申请续期
mail-badge-ends-soon-subject = 您的信用标识两周后到期
mail-badge-ends-soon-body = 除非续期在此之前获得通过，您的信用标识将于{ $ends_at }到期。审核最多需要五个工作日，请现在就申请。如果已经申请，则无需处理。
mail-badge-ends-soon-action = 申请续期
mail-badge-ends-tomorrow-subject = 您的信用标识明天到期
mail-badge-ends-tomorrow-body = 除非续期在此之前获得通过，您的信用标识将于{ $ends_at }到期。到期后，所有展示之处都会显示已过期，新订单不受保障。您仍可申请，到期后也可以重新申请；在本平台的经营时间继续计算。
mail-badge-ends-tomorrow-action = 前往续期
mail-agreement-published-subject = 联盟协议有新版本
mail-agreement-published-body = 联盟协议第 { $version } 版已发布，自{ $effective_at }起生效。

    请阅读变更内容，并在{ $sign_by_at }之前签署。届时仍未签署的商家，其信用标识将暂停，直到签署为止。签署之前，对您没有任何变化。
mail-agreement-published-action = 查看变更内容
mail-agreement-sign-soon-subject = 签署联盟协议还剩两周
mail-agreement-sign-soon-body = 联盟协议第 { $version } 版自{ $effective_at }起生效，您的店铺尚未签署。请在{ $sign_by_at }之前签署，否则您的信用标识将暂停，直到签署为止。
mail-agreement-sign-soon-action = 阅读并签署
mail-agreement-sign-tomorrow-subject = 今天是签署联盟协议的最后一天
mail-agreement-sign-tomorrow-body = 联盟协议第 { $version } 版自{ $effective_at }起生效，您的店铺尚未签署。期限到{ $sign_by_at }为止，之后您的信用标识将暂停，直到签署为止。
mail-agreement-sign-tomorrow-action = 阅读并签署

# 签署副本。
agreement-copy-title = 联盟协议第 { $value } 版 · 签署副本
agreement-copy-merchant = 商家：{ $value }
agreement-copy-name = 签署人（所输入的姓名）：{ $value }
agreement-copy-account = 账户：{ $value }
agreement-copy-when = 签署时间：{ $value }
agreement-copy-language = 文本语言：{ $value }
agreement-copy-sha256 = 下面两行之间文本的 SHA-256：{ $value }
agreement-copy-check = 自行核对：{ $value }

# 商家页面上的续期进度。
renewal-status-draft = 续期申请已开始填写，尚未提交。
renewal-status-submitted = 续期申请正在等待审核。
renewal-status-in_review = 审核员正在审核您的续期申请。
renewal-status-needs_information = 续期申请的审核员需要您补充信息。
renewal-see = 查看续期申请

# 工作人员的商家管理。
desk-title = 商家
desk-about = 按名称、域名或编号查找商家，查看其全部情况。
desk-search-label = 名称、域名或编号
desk-search = 查找
desk-state = 标识
desk-every-state = 不限
desk-none = 没有找到商家
desk-none-hint = 请换用名称或域名的一部分，或者选择其他状态。
desk-lead-active = “{ $name }”是信用商家。
desk-lead-suspended = “{ $name }”的标识已暂停。
desk-lead-revoked = “{ $name }”的标识已被撤销。
desk-lead-expired = “{ $name }”的标识已过期。
desk-lead-none = “{ $name }”没有标识。
desk-until = 有效期至
desk-since = 开始时间：
desk-again-from = 可重新申请的时间：
desk-public-page = 查看公众看到的页面
desk-standing = 目前的暂停原因
desk-ended = 已消除的暂停原因
desk-cause-since = 由{ $who }认定：
desk-cause-ended = 由{ $who }解除：
desk-badge = 标识
desk-granted = 成为信用商家的时间
desk-expires = 到期时间
desk-event-grant = 授予
desk-event-renew = 续期
desk-event-begin = 出现暂停原因：{ $cause }
desk-event-end = 原因消除：{ $cause }
desk-event-revoke = 撤销
desk-event-expire = 过期
desk-applications = 申请
desk-no-applications = 从未提出申请。
desk-application-first = 申请
desk-application-renewal = 续期
desk-failing-since = 每次检查都未通过，始于
desk-members = 成员
desk-member-since = 加入时间：
desk-own-merchant = 您是该商家的成员，其标识须由其他工作人员决定。
desk-reason = 理由
desk-reason-hint = 商家会看到理由，审计记录会保存。公众只会知道由工作人员决定。
desk-suspend-heading = 暂停标识
desk-suspend-about = 一分钟之内，所有展示之处都会显示已暂停。新订单不受保障。
desk-suspend = 暂停标识
desk-reinstate-heading = 解除暂停
desk-reinstate-about = 解除因认定欺骗和由工作人员作出的暂停。欠款、域名失效或协议未签署仍会使标识暂停，直到自行消除。
desk-reinstate = 解除暂停
desk-revoke-ask = 永久撤销标识
desk-revoke-about = 撤销不可恢复。任何人都无法恢复该标识；商家 12 个月后才能重新申请。
desk-revoke-sure = 我要永久撤销“{ $name }”的标识。
desk-revoke-confirm-first = 请确认要永久撤销标识。
desk-revoke = 永久撤销标识
desk-changed = 您打开页面之后，该标识发生了变化，因此没有执行任何操作。请查看变化后再作决定。
desk-refused = 该标识目前的状态不允许此操作，因此没有执行任何操作。请查看状态后再作决定。
form-required-suspend_reason = 请填写暂停的理由。
form-required-reinstate_reason = 请填写解除暂停的理由。
form-required-revoke_reason = 请填写撤销的理由。
done-badge-suspended = 标识已暂停。
done-badge-reinstated = 已解除工作人员作出的暂停。
done-badge-revoked = 标识已撤销。
overview-merchants = 商家
overview-merchants-about = 查找商家；暂停、恢复或撤销其标识。
overview-policies = 规则
overview-policies-about = 发布新版的联盟协议或标准门槛。
audit-action-badge-renew = 为标识续期
audit-action-badge-cause-begin = 出现暂停原因
audit-action-badge-cause-end = 暂停原因消除
audit-action-agreement-publish = 发布协议
audit-field-causes = 原因
audit-field-version = 版本
audit-field-effective-at = 生效时间
audit-subject-agreement = 联盟协议第 { $version } 版

# 协议的新版本。
agreement-again-chip = 需重新签署
agreement-again-lead = 请代表{ $merchant }签署联盟协议第 { $version } 版。
agreement-again-by = 您签署的版本已被取代。签署截止时间：
agreement-again-since = 您签署的版本已被取代，重新签署的期限已过：
agreement-again-else = { $then ->
        [none] 签署之前，您的申请不能通过。
       *[other] 届时仍未签署，您的信用标识将暂停，直到签署为止。
    }
agreement-again-late = { $then ->
        [active] 您的信用标识在签署之前暂停，签署后立即恢复。
        [others] 您的信用标识已暂停，除签署外另有暂停原因，全部消除后才会恢复。
       *[none] 签署之前，您的申请不能通过。
    }
agreement-in-force-from = 生效时间：
agreement-changes = 变更内容
agreement-added = 新增：
agreement-removed = 删除：
agreement-copies = 您的签署副本
agreement-copies-about = 每个文件包含所签署的文本、签署人和签署时间。其中的 SHA-256 即文本的校验值，任何人都可以核对。
agreement-copy-download = 下载第 { $version } 版签署副本
agreement-waits = 该商家签署的是协议第 { $signed } 版，现行版本为第 { $current } 版。重新签署之后才能通过申请。
policies-about = 新版取代旧版：我们会通知商家并列出变更内容，商家有 30 天时间重新签署。
policies-write = 撰写下一版
policies-go-on = 继续编辑草稿
policies-versions = 已发布的版本
policies-version = 第 { $version } 版
policies-in-force = 生效时间：
policies-published = 由{ $who }发布：
policies-program = 系统
policies-chip-later = 尚未生效
policies-chip-current = 现行
policies-chip-superseded = 已被取代
policies-draft-title = 协议第 { $version } 版
policies-draft-about = 请撰写两种语言的文本。此时不会发布，下一页会列出变更内容。
policies-text-en = 英文文本
policies-text-zh = 中文文本
policies-text-hint = 第一行是标题。段落之间空一行；多行段落的第一行是小标题。
policies-day = 生效日期
policies-day-hint = 按运营方所在时区。自该日起，商家有 30 天时间重新签署。
policies-day-wrong = 请填写生效日期。
policies-save = 保存草稿并预览
policies-preview-title = 第 { $version } 版预览
policies-preview-about = 尚未发布。将自{ $day }起生效。
policies-back-to-draft = 返回草稿
policies-publish-heading = 发布
policies-publish-about = 发布后不能再修改。签署过旧版的商家都会收到通知；30 天内未签署的，标识将暂停。
policies-reason-hint = 审计记录会保存。
policies-publish = 发布第 { $version } 版
policies-whole-text = 全文
policies-no-changes = 该语言没有变更。
policies-changed = 您打开页面之后，草稿已被他人修改或发布，因此没有执行任何操作。请重新查看。
policies-same = 有一种语言的文本与上一版相同。请写好两种语言再发布。
policies-day-past = 生效日期已过。请在草稿中另选日期。
policies-day-far = 生效日期在一年以后。请在草稿中另选日期。
policies-day-before = 上一版的生效日期更晚。请在草稿中另选日期。
form-required-text_en = 请填写英文文本。
form-required-text_zh = 请填写中文文本。
form-required-publish_reason = 请填写发布的理由。
done-policies-saved = 草稿已保存。
done-policies-published = 新版已发布，正在通知商家。

# 续期。
application-begin-about-renewal = 我们会重新核验六项标准，表格已按您上次填写的内容预先填好。通过后，新的十二个月从原到期日起算，等级不变。
application-begin-renewal = 开始续期
application-lead-renewal = 现在可以为标识续期。
application-renewal-opens = 标识续期开放时间：
application-lead-again = 您的标识已到期。可以重新申请，在本平台的经营时间继续计算。
review-renewal = 这是续期申请：通过后，标识从原到期日起延长十二个月，等级不变；驳回则标识保留到到期日。暂停状态不受影响。
review-standing-stays = { $cause }通过申请不会消除这一原因：消除之前，标识处于暂停状态。
review-standing-lifted = { $cause }通过申请即解除。
review-badge-moved = 在您作出决定期间，该商家的标识出现了新的暂停原因或状态变化。
review-badge-revoked = 该商家的标识已被撤销，满十二个月之前不能通过任何申请。本次没有记录任何内容。
mail-renewal-approved-subject = 您的信用标识已续期
mail-renewal-approved-body = { $shop }的续期申请已通过。标识 { $code } 不间断地延续到{ $ends_at }。审核员的意见：{ $reason }
mail-renewal-approved-action = 查看标识
mail-renewal-approved-suspended-subject = 您的信用标识已续期，仍在暂停
mail-renewal-approved-suspended-body = { $shop }的续期申请已通过。标识 { $code } 延续到{ $ends_at }，但在暂停原因全部消除之前仍处于暂停状态，新订单不受保障。原因和处理办法已再次通知您。审核员的意见：{ $reason }
mail-renewal-approved-suspended-action = 查看如何处理
mail-renewal-rejected-subject = 您的续期申请未通过
mail-renewal-rejected-body = { $shop }的续期申请未通过。审核员的意见：{ $reason }

    标识 { $code } 保留到{ $ends_at }。您可以从 { $reapply_at } 起再次申请。
mail-renewal-rejected-action = 查看未达到的标准
application-superseded = 您签署的是协议第 { $signed } 版，现行版本为第 { $current } 版。重新签署之前，申请不能通过。
desk-event-tier = 等级变更

# 有标识的商家新增域名。
mail-domain-look-alike-subject = { $shop }新增了与其他商家相似的域名
mail-domain-look-alike-body = { $shop }持有信用标识，刚刚验证了域名 { $domain }。该域名与{ $other_name }的 { $other } 相似。买家查询时会被告知该域名属于{ $shop }。

    请核对两者。如果意在欺骗，请暂停其标识。
mail-domain-look-alike-action = 查看该商家
audit-action-domain-prove = 为标识新增域名
audit-action-domain-remove = 从标识移除域名
audit-field-domain = 域名
