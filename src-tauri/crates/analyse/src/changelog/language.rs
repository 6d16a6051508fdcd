//! The languages a changelog may be kept in: what its sections and the version to come are called there.
//!
//! The words are those of the translations of Keep a Changelog and what projects write beside them. A new
//! language is one entry of [`ALL`].

use super::category::Category;

/// The words of a language. Of several for one thing the first is the one that is written.
pub(crate) struct Language {
    unreleased: &'static [&'static str],
    sections: &'static [(Category, &'static [&'static str])],
    /// What stands before an entry that breaks something.
    pub(crate) breaking: &'static str,
    /// The heading above the people who took part.
    pub(crate) contributors: &'static str,
    /// What is said of somebody's first contribution, behind their name.
    pub(crate) first: &'static str,
    /// The words of the link to all changes.
    pub(crate) compare: &'static str,
}

use Category::{
    Added, Breaking, Changed, Dependencies, Deprecated, Documentation, Fixed, Internal,
    Performance, Removed, Security,
};

/// English comes first: it is what is written where nothing says otherwise.
pub(crate) static ALL: &[Language] = &[
    Language {
        unreleased: &["Unreleased"],
        sections: &[
            (
                Breaking,
                &[
                    "Breaking changes",
                    "breaking",
                    "backwards incompatible changes",
                ],
            ),
            (
                Added,
                &[
                    "Added",
                    "features",
                    "feature",
                    "new features",
                    "new",
                    "additions",
                    "enhancements",
                    "whats new",
                ],
            ),
            (
                Changed,
                &[
                    "Changed",
                    "changes",
                    "improvements",
                    "improved",
                    "other changes",
                    "other",
                    "miscellaneous",
                    "misc",
                ],
            ),
            (Deprecated, &["Deprecated", "deprecations"]),
            (Removed, &["Removed", "removals"]),
            (
                Fixed,
                &[
                    "Fixed",
                    "bug fixes",
                    "fixes",
                    "bugfixes",
                    "bugs",
                    "bug fix",
                    "bugs fixed",
                ],
            ),
            (Security, &["Security", "security fixes"]),
            (Performance, &["Performance", "performance improvements"]),
            (Documentation, &["Documentation", "docs"]),
            (
                Internal,
                &[
                    "Internal",
                    "refactor",
                    "refactoring",
                    "code refactoring",
                    "internal changes",
                ],
            ),
            (
                Dependencies,
                &["Dependencies", "dependency updates", "dependency upgrades"],
            ),
        ],
        breaking: "Breaking",
        contributors: "Contributors",
        first: "first contribution",
        compare: "All changes",
    },
    Language {
        unreleased: &["Nevydáno"],
        sections: &[
            (Breaking, &["Nekompatibilní změny"]),
            (Added, &["Přidáno"]),
            (Changed, &["Změněno"]),
            (Deprecated, &["Zastaralé"]),
            (Removed, &["Odstraněno", "odebráno"]),
            (Fixed, &["Opraveno"]),
            (Security, &["Bezpečnost"]),
            (Dependencies, &["Závislosti"]),
        ],
        breaking: "Nekompatibilní",
        contributors: "Přispěvatelé",
        first: "první příspěvek",
        compare: "Všechny změny",
    },
    Language {
        unreleased: &["Unveröffentlicht"],
        sections: &[
            (
                Breaking,
                &[
                    "Inkompatible Änderungen",
                    "nicht abwärtskompatibel",
                    "brechende änderungen",
                ],
            ),
            (
                Added,
                &["Hinzugefügt", "neu", "neuerungen", "neue funktionen"],
            ),
            (Changed, &["Geändert", "änderungen"]),
            (Deprecated, &["Veraltet"]),
            (Removed, &["Entfernt"]),
            (
                Fixed,
                &["Behoben", "fehlerbehebungen", "korrigiert", "repariert"],
            ),
            (Security, &["Sicherheit"]),
            (Performance, &["Leistung"]),
            (Dependencies, &["Abhängigkeiten"]),
        ],
        breaking: "Inkompatibel",
        contributors: "Mitwirkende",
        first: "erster Beitrag",
        compare: "Alle Änderungen",
    },
    Language {
        unreleased: &["No publicado", "Sin publicar"],
        sections: &[
            (Breaking, &["Cambios incompatibles"]),
            (Added, &["Añadido", "agregado", "nuevo"]),
            (Changed, &["Cambiado", "modificado", "cambios"]),
            (Deprecated, &["Obsoleto", "deprecado"]),
            (Removed, &["Eliminado"]),
            (Fixed, &["Corregido", "arreglado"]),
            (Security, &["Seguridad"]),
            (Performance, &["Rendimiento"]),
            (Dependencies, &["Dependencias"]),
        ],
        breaking: "Incompatible",
        contributors: "Colaboradores",
        first: "primera contribución",
        compare: "Todos los cambios",
    },
    Language {
        unreleased: &["Non publié", "À venir"],
        sections: &[
            (
                Breaking,
                &["Changements incompatibles", "ruptures de compatibilité"],
            ),
            (Added, &["Ajouté", "ajouts", "nouveautés"]),
            (Changed, &["Modifié", "changé", "modifications"]),
            (Deprecated, &["Déprécié", "obsolète"]),
            (Removed, &["Supprimé", "retiré"]),
            (Fixed, &["Corrigé", "corrections"]),
            (Security, &["Sécurité"]),
            (Performance, &["Performances"]),
            (Dependencies, &["Dépendances"]),
        ],
        breaking: "Incompatible",
        contributors: "Contributeurs",
        first: "première contribution",
        compare: "Toutes les modifications",
    },
    Language {
        unreleased: &["Non rilasciato"],
        sections: &[
            (Breaking, &["Modifiche incompatibili"]),
            (Added, &["Aggiunto", "novità"]),
            (Changed, &["Modificato", "cambiato", "modifiche"]),
            (Deprecated, &["Deprecato"]),
            (Removed, &["Rimosso"]),
            (Fixed, &["Corretto", "risolto", "correzioni"]),
            (Security, &["Sicurezza"]),
            (Performance, &["Prestazioni"]),
            (Dependencies, &["Dipendenze"]),
        ],
        breaking: "Incompatibile",
        contributors: "Collaboratori",
        first: "primo contributo",
        compare: "Tutte le modifiche",
    },
    Language {
        unreleased: &["未リリース"],
        sections: &[
            (Breaking, &["破壊的変更"]),
            (Added, &["追加", "新機能"]),
            (Changed, &["変更"]),
            (Deprecated, &["非推奨"]),
            (Removed, &["削除"]),
            (Fixed, &["修正", "バグ修正"]),
            (Security, &["セキュリティ"]),
            (Performance, &["パフォーマンス"]),
            (Dependencies, &["依存関係"]),
        ],
        breaking: "互換性なし",
        contributors: "貢献者",
        first: "初めての貢献",
        compare: "すべての変更",
    },
    Language {
        unreleased: &["미배포", "출시 예정"],
        sections: &[
            (Breaking, &["호환되지 않는 변경"]),
            (Added, &["추가"]),
            (Changed, &["변경"]),
            (Deprecated, &["사용 중단", "지원 중단"]),
            (Removed, &["제거", "삭제"]),
            (Fixed, &["수정"]),
            (Security, &["보안"]),
            (Dependencies, &["의존성"]),
        ],
        breaking: "호환되지 않음",
        contributors: "기여자",
        first: "첫 기여",
        compare: "모든 변경 사항",
    },
    Language {
        unreleased: &["Niet uitgebracht"],
        sections: &[
            (Breaking, &["Incompatibele wijzigingen"]),
            (Added, &["Toegevoegd"]),
            (Changed, &["Gewijzigd", "veranderd", "aangepast"]),
            (Deprecated, &["Verouderd"]),
            (Removed, &["Verwijderd"]),
            (Fixed, &["Opgelost", "hersteld"]),
            (Security, &["Beveiliging"]),
            (Dependencies, &["Afhankelijkheden"]),
        ],
        breaking: "Incompatibel",
        contributors: "Bijdragers",
        first: "eerste bijdrage",
        compare: "Alle wijzigingen",
    },
    Language {
        unreleased: &["Niewydane", "Nieopublikowane"],
        sections: &[
            (Breaking, &["Zmiany niekompatybilne"]),
            (Added, &["Dodano", "dodane"]),
            (Changed, &["Zmieniono", "zmienione"]),
            (Deprecated, &["Przestarzałe", "wycofano"]),
            (Removed, &["Usunięto", "usunięte"]),
            (Fixed, &["Naprawiono", "naprawione", "poprawiono"]),
            (Security, &["Bezpieczeństwo"]),
            (Dependencies, &["Zależności"]),
        ],
        breaking: "Niekompatybilne",
        contributors: "Współtwórcy",
        first: "pierwszy wkład",
        compare: "Wszystkie zmiany",
    },
    Language {
        unreleased: &["Não publicado", "Não lançado"],
        sections: &[
            (Breaking, &["Mudanças incompatíveis"]),
            (Added, &["Adicionado"]),
            (Changed, &["Modificado", "alterado", "mudado"]),
            (Deprecated, &["Obsoleto", "descontinuado"]),
            (Removed, &["Removido"]),
            (Fixed, &["Corrigido"]),
            (Security, &["Segurança"]),
            (Performance, &["Desempenho"]),
            (Dependencies, &["Dependências"]),
        ],
        breaking: "Incompatível",
        contributors: "Colaboradores",
        first: "primeira contribuição",
        compare: "Todas as mudanças",
    },
    Language {
        unreleased: &["Не выпущено", "Неопубликовано"],
        sections: &[
            (Breaking, &["Несовместимые изменения"]),
            (Added, &["Добавлено", "новое"]),
            (Changed, &["Изменено", "изменения"]),
            (Deprecated, &["Устарело"]),
            (Removed, &["Удалено"]),
            (Fixed, &["Исправлено", "исправления"]),
            (Security, &["Безопасность"]),
            (Performance, &["Производительность"]),
            (Dependencies, &["Зависимости"]),
        ],
        breaking: "Несовместимо",
        contributors: "Участники",
        first: "первый вклад",
        compare: "Все изменения",
    },
    Language {
        unreleased: &["Ej släppt", "Outgivet"],
        sections: &[
            (Breaking, &["Inkompatibla ändringar"]),
            (Added, &["Tillagt"]),
            (Changed, &["Ändrat"]),
            (Deprecated, &["Utfasat", "föråldrat"]),
            (Removed, &["Borttaget"]),
            (Fixed, &["Åtgärdat", "rättat"]),
            (Security, &["Säkerhet"]),
            (Dependencies, &["Beroenden"]),
        ],
        breaking: "Inkompatibelt",
        contributors: "Bidragsgivare",
        first: "första bidraget",
        compare: "Alla ändringar",
    },
    Language {
        unreleased: &["Yayınlanmadı", "Yayımlanmadı"],
        sections: &[
            (Breaking, &["Uyumsuz değişiklikler"]),
            (Added, &["Eklendi"]),
            (Changed, &["Değiştirildi", "değişti"]),
            (Deprecated, &["Kullanımdan kaldırıldı"]),
            (Removed, &["Kaldırıldı"]),
            (Fixed, &["Düzeltildi"]),
            (Security, &["Güvenlik"]),
            (Dependencies, &["Bağımlılıklar"]),
        ],
        breaking: "Uyumsuz",
        contributors: "Katkıda bulunanlar",
        first: "ilk katkı",
        compare: "Tüm değişiklikler",
    },
    Language {
        unreleased: &["Не випущено"],
        sections: &[
            (Breaking, &["Несумісні зміни"]),
            (Added, &["Додано"]),
            (Changed, &["Змінено"]),
            (Deprecated, &["Застаріло"]),
            (Removed, &["Видалено"]),
            (Fixed, &["Виправлено"]),
            (Security, &["Безпека"]),
            (Dependencies, &["Залежності"]),
        ],
        breaking: "Несумісно",
        contributors: "Учасники",
        first: "перший внесок",
        compare: "Усі зміни",
    },
    Language {
        unreleased: &["未发布", "未發佈"],
        sections: &[
            (Breaking, &["不兼容变更", "破坏性变更", "重大变更"]),
            (Added, &["新增", "添加", "新功能"]),
            (Changed, &["变更", "更改", "變更", "优化"]),
            (Deprecated, &["弃用", "废弃", "棄用"]),
            (Removed, &["移除", "删除"]),
            (Fixed, &["修复", "修復"]),
            (Security, &["安全"]),
            (Performance, &["性能"]),
            (Dependencies, &["依赖"]),
        ],
        breaking: "不兼容",
        contributors: "贡献者",
        first: "首次贡献",
        compare: "全部变更",
    },
];

/// The letters and spaces of a heading in lower case: without marks, brackets and pictures.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphabetic() || *c == ' ')
        .collect::<String>()
        .trim()
        .to_lowercase()
}

impl Language {
    /// What it calls the version to come.
    pub(crate) fn unreleased(&self) -> &'static str {
        self.unreleased[0]
    }

    /// What it calls a section, if there is a custom.
    pub(crate) fn name(&self, category: Category) -> Option<&'static str> {
        self.sections
            .iter()
            .find(|(listed, _)| *listed == category)
            .map(|(_, names)| names[0])
    }

    /// The language most of these headings are in; English when none is in a language known.
    pub(crate) fn of<'a>(headings: impl Iterator<Item = &'a str>) -> &'static Self {
        let headings: Vec<String> = headings.map(plain).collect();
        let hits = |language: &Self| {
            let known = |heading: &&String| {
                let is = |name: &&str| name.to_lowercase() == **heading;
                language.unreleased.iter().any(is)
                    || language
                        .sections
                        .iter()
                        .any(|(_, names)| names.iter().any(is))
            };
            headings.iter().filter(known).count()
        };
        // Of equals the first stands: English.
        ALL.iter()
            .rev()
            .max_by_key(|language| hits(language))
            .unwrap_or(&ALL[0])
    }
}

/// What a section's heading means, in any language.
pub(crate) fn meaning(heading: &str) -> Option<Category> {
    let heading = plain(heading);
    ALL.iter().find_map(|language| {
        language
            .sections
            .iter()
            .find(|(_, names)| names.iter().any(|name| name.to_lowercase() == heading))
            .map(|(category, _)| *category)
    })
}

/// True if a heading names the version to come, in any language but English.
pub(crate) fn is_to_come(heading: &str) -> bool {
    let heading = plain(heading);
    ALL.iter().any(|language| {
        language
            .unreleased
            .iter()
            .any(|name| name.to_lowercase() == heading)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_understood_and_written_in_their_language() {
        let german = Language::of(["Behoben", "[Unveröffentlicht]", "1.0"].into_iter());
        assert_eq!(
            (german.unreleased(), german.name(Category::Added)),
            ("Unveröffentlicht", Some("Hinzugefügt"))
        );
        assert_eq!(Language::of(["1.0"].into_iter()).unreleased(), "Unreleased");
        assert_eq!(
            Language::of(["Added", "修正"].into_iter()).unreleased(),
            "Unreleased"
        );
        assert_eq!(meaning("🐛 Исправлено"), Some(Category::Fixed));
        assert_eq!(meaning("修复"), Some(Category::Fixed));
        assert_eq!(meaning("Thanks"), None);
        assert!(is_to_come("[Non publié]"));
    }

    #[test]
    fn no_word_means_two_things() {
        let mut known = std::collections::BTreeMap::new();
        for (category, names) in ALL.iter().flat_map(|language| language.sections) {
            for name in *names {
                let before = known.insert(name.to_lowercase(), *category);
                assert!(before.is_none_or(|before| before == *category), "{name}");
            }
        }
    }
}
