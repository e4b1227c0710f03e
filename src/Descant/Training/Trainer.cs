using System.Diagnostics;
using System.Globalization;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Training.Optimizers;
using Descant.Training.Schedules;

namespace Descant.Training;

/// <summary>Trains a network by a recipe: examples, loss, gradients, update, average; validates, saves and resumes.</summary>
/// <remarks>
/// Step <c>n</c> depends on the recipe, the data and the state after step <c>n − 1</c> alone, so a run that is killed and
/// resumed from its last checkpoint ends with the same weights, bit for bit, as one that never stopped (with the same
/// number of threads). A budget in minutes or core minutes is the exception: there the learning rate follows the clock.
/// </remarks>
public sealed class Trainer
{
    private const int FractionParts = 1_000_000; // positions of a schedule that follows the budget's spent share
    private const int MostBadSteps = 20;
    private const int MeasuredExcerpts = 400;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);

    private readonly Network _network;
    private readonly Engine _engine;
    private readonly Recipe _recipe;
    private readonly TrainingMaterial _material;
    private readonly Validator? _validator;
    private readonly TrainingFolder _folder;
    private readonly Parameter[] _parameters;
    private readonly IReadOnlyList<Objective> _objectives;
    private readonly Dictionary<string, Optimizer> _optimizers;
    private readonly LearningRateSchedule _schedule;
    private readonly WeightAverage? _average;
    private readonly Stopwatch _clock = new();
    private TimeSpan _trainedBefore;
    private TimeSpan _processorBefore;
    private TimeSpan _processorAtStart = Environment.CpuUsage.TotalTime;
    private double _bestSdr = double.NegativeInfinity;
    private int _badSteps;
    private long _lastValidation = -1;
    private TimeSpan _validated;
    private bool _owesValidation;
    private ValidationScore? _lastScore;

    /// <summary>Prepares a training and, where the folder holds a checkpoint, resumes it.</summary>
    /// <param name="network">Freshly initialised from the recipe's seed.</param>
    /// <param name="engine">The engine that holds the network's parameters.</param>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="material">Training examples.</param>
    /// <param name="validator">Validation, or null for none.</param>
    /// <param name="folder">Where checkpoint, model and log go.</param>
    /// <exception cref="InvalidDataException">
    /// The folder's checkpoint is damaged or belongs to another network, or the schedule needs a validation and there is none.
    /// </exception>
    public Trainer(
        Network network, Engine engine, Recipe recipe, TrainingMaterial material, Validator? validator, TrainingFolder folder)
    {
        (_network, _engine, _recipe, _material, _validator, _folder) = (network, engine, recipe, material, validator, folder);
        if (recipe.Schedule.Kind == ScheduleKind.Plateau && validator is null)
        {
            throw new InvalidDataException(
                "training: schedule.kind 'plateau' lowers the rate by validation; expected validation tracks in the data, got none; add some or choose another schedule");
        }

        _parameters = [.. network.Parameters];
        _objectives = network.Objectives;
        recipe.CheckObjectives([.. _objectives.Select(objective => objective.Name)]);
        _optimizers = _objectives.ToDictionary(objective => objective.Name, objective => Create(recipe.OptimizerOf(objective.Name)), StringComparer.Ordinal);
        _schedule = Create(recipe.Schedule);
        _average = recipe.Optimizer.Average > 0 ? new WeightAverage(recipe.Optimizer.Average) : null;
        Resume();
    }

    /// <summary>Updates done so far, earlier runs included.</summary>
    public long Step { get; private set; }

    /// <summary>Trains until the budget is spent or the run is cancelled, and saves.</summary>
    /// <param name="report">Told about the progress every ten seconds and after each validation; may be null.</param>
    /// <param name="cancellation">Stops after the present step; everything is saved.</param>
    /// <exception cref="InvalidDataException">Loss or gradients stayed infinite or undefined, or another training works in the folder.</exception>
    public TrainingOutcome Run(Action<TrainingProgress>? report = null, CancellationToken cancellation = default)
    {
        using IDisposable held = _folder.Hold();
        int samples = _recipe.ExcerptSeconds > 0 ? (int)(_recipe.ExcerptSeconds * _network.SampleRate) : _network.ExcerptSamples;
        int mixtureSamples = _network.Channels * samples;
        _clock.Restart();
        _processorAtStart = Environment.CpuUsage.TotalTime;
        _network.Measure(AsRecorded(samples));
        using BatchLoader loader = new(
            () => new ExampleMixer(
                _material, _recipe.Mixing, _recipe.Production, _network.Sources, _network.Channels, samples, _recipe.Seed),
            _recipe.Batch,
            mixtureSamples,
            Step,
            _recipe.Data.Workers);
        Meter meter = new(this);
        if (_owesValidation && _validator is not null)
        {
            Tell(meter.Report(Validate(cancellation)), report);
        }

        TimeSpan lastSave = Trained;
        while (SpentShare < 1)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save();
                return TrainingOutcome.Stopped;
            }

            long before = Stopwatch.GetTimestamp();
            PreparedBatch batch = loader.Take();
            TimeSpan waited = Stopwatch.GetElapsedTime(before);
            (float loss, double norm) = Learn(batch, samples);
            loader.Return(batch);
            meter.Add(loss, norm, waited);

            bool validate = _validator is not null && ((_recipe.Validation.EverySteps > 0 && Step % _recipe.Validation.EverySteps == 0)
                || (_recipe.Validation.EveryMinutes > 0 && (Trained - _validated).TotalMinutes >= _recipe.Validation.EveryMinutes));
            if (validate)
            {
                Tell(meter.Report(Validate(cancellation)), report);
            }
            else if (meter.Age >= ReportEvery)
            {
                Tell(meter.Report(null), report);
            }

            if ((Trained - lastSave).TotalMinutes >= _recipe.CheckpointMinutes)
            {
                Save();
                lastSave = Trained;
            }
        }

        Save();
        bool isTold = _validator is not null && _lastValidation == Step;
        ValidationScore? score = isTold ? _lastScore : _validator is null ? null : Validate(cancellation);
        if (_owesValidation)
        {
            Save(); // stopped in it: the model is written by the run that makes up for it
            return TrainingOutcome.Stopped;
        }

        if (!isTold)
        {
            Tell(meter.Report(score), report);
        }

        WithAverage(() => _folder.SaveModel("model", _parameters, Facts(score)));
        return TrainingOutcome.Finished;
    }

    private TimeSpan Trained => _trainedBefore + _clock.Elapsed;

    private TimeSpan Processor => _processorBefore + (Environment.CpuUsage.TotalTime - _processorAtStart);

    /// <summary>The share of the budget that is spent; of its limits the nearest counts.</summary>
    private double SpentShare => Math.Max(
        _recipe.Budget.Steps > 0 ? (double)Step / _recipe.Budget.Steps : 0,
        Math.Max(
            _recipe.Budget.Minutes > 0 ? Trained.TotalMinutes / _recipe.Budget.Minutes : 0,
            _recipe.Budget.CoreMinutes > 0 ? Processor.TotalMinutes / _recipe.Budget.CoreMinutes : 0));

    /// <summary>The share of each optimiser's highest rate that the next update takes.</summary>
    private double RateShare
    {
        get
        {
            long position = _recipe.Schedule.Kind == ScheduleKind.Cosine ? (long)(SpentShare * FractionParts) : Step;
            double warmUp = _recipe.Schedule.WarmUpSteps > 0 ? Math.Min(1, (Step + 1.0) / _recipe.Schedule.WarmUpSteps) : 1;
            return _schedule.At(position) * warmUp;
        }
    }

    /// <summary>One update of every objective; gives the sum of the losses and the largest gradient norm.</summary>
    private (float Loss, double Norm) Learn(PreparedBatch batch, int samples)
    {
        double share = RateShare;
        RandomStream seeds = new(_recipe.Seed, ~(ulong)Step++);
        float sum = 0;
        double largest = 0;
        foreach (Objective objective in _objectives)
        {
            (float loss, double norm) = Learn(objective, batch, samples, share, seeds.Next());
            (sum, largest) = (sum + loss, Math.Max(largest, norm));
            if (!float.IsFinite(loss) || !double.IsFinite(norm))
            {
                // One bad batch is passed over; a network that has diverged is not.
                return ++_badSteps <= MostBadSteps ? (sum, norm) : throw new InvalidDataException(
                    $"training: loss {loss} and gradient norm {norm} at step {Step}, the {MostBadSteps + 1}th time in a row; lower optimizer.learning-rate or set optimizer.clip-norm. The last checkpoint is good.");
            }
        }

        _badSteps = 0;
        _average?.Update(_parameters, (1.0 + Step) / (10 + Step)); // the bound of TensorFlow's averages
        return (sum, largest);
    }

    private (float Loss, double Norm) Learn(Objective objective, PreparedBatch batch, int samples, double share, ulong seed)
    {
        using Engine scope = _engine.Scope();
        GradientTape tape = scope.Record(seed);
        Tensor mixture = scope.Tensor(batch.Mixture, _recipe.Batch, _network.Channels, samples).On(tape);
        Tensor sources = scope.Tensor(batch.Sources, _recipe.Batch, _network.Sources.Count, _network.Channels, samples);
        Tensor loss = objective.Loss(new TrainingBatch(mixture, sources, batch.BandwidthHz));
        float value = loss.Item();
        Gradients gradients = tape.Backward(loss);
        double norm = GradientNorm.Of(objective.Parameters, gradients);
        if (float.IsFinite(value) && double.IsFinite(norm))
        {
            OptimizerRecipe recipe = _recipe.OptimizerOf(objective.Name);
            Optimizer optimizer = _optimizers[objective.Name];
            optimizer.LearningRate = recipe.LearningRate * share;
            optimizer.Step(objective.Parameters, gradients, recipe.ClipNorm > 0 ? GradientNorm.ClipScale(norm, recipe.ClipNorm) : 1);
        }

        return (value, norm);
    }

    /// <summary>Excerpts without augmentation for <see cref="Network.Measure"/>, the same ones each time.</summary>
    private IEnumerable<TrainingBatch> AsRecorded(int samples)
    {
        int channels = _network.Channels, sources = _network.Sources.Count;
        ExampleMixer mixer = new(
            _material, MixingRecipe.AsRecorded, ProductionRecipe.None, _network.Sources, channels, samples, _recipe.Seed);
        float[] mixture = new float[channels * samples], parts = new float[sources * channels * samples];
        for (int i = 0; i < MeasuredExcerpts; i++)
        {
            float bandwidthHz = mixer.Make(i, mixture, parts);
            using Engine scope = _engine.Scope();
            yield return new TrainingBatch(scope.Tensor(mixture, 1, channels, samples), scope.Tensor(parts, 1, sources, channels, samples), [bandwidthHz]);
        }
    }

    private void Tell(TrainingProgress progress, Action<TrainingProgress>? report)
    {
        _folder.Log(progress);
        report?.Invoke(progress);
    }

    private ValidationScore Validate(CancellationToken cancellation)
    {
        ValidationScore? score = null;
        try
        {
            WithAverage(() => score = _validator!.Score(_network, _engine, cancellation));
        }
        catch (OperationCanceledException)
        {
            _owesValidation = true;
            return new ValidationScore(double.NaN, [], double.NaN); // stopped: the loop saves and ends
        }

        _owesValidation = false;
        _validated = Trained;
        if (!double.IsNaN(score!.Sdr))
        {
            _schedule.Observe(Math.Pow(10, -score.Sdr / 10));
            if (score.Sdr > _bestSdr)
            {
                _bestSdr = score.Sdr;
                WithAverage(() => _folder.SaveModel("best", _parameters, Facts(score)));
            }
        }

        (_lastValidation, _lastScore) = (Step, score);
        return score;
    }

    /// <summary>Does something while the network holds its averaged weights.</summary>
    private void WithAverage(Action action)
    {
        _average?.Swap(_parameters);
        try
        {
            action();
        }
        finally
        {
            _average?.Swap(_parameters);
        }
    }

    private Dictionary<string, string> Facts(ValidationScore? score)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["descant.network"] = _recipe.Network,
            ["descant.sources"] = string.Join(' ', _network.Sources),
            ["descant.steps"] = Step.ToString(culture),
            ["descant.minutes"] = Trained.TotalMinutes.ToString("0.0", culture),
            ["descant.core-minutes"] = Processor.TotalMinutes.ToString("0.0", culture),
            ["descant.seed"] = _recipe.Seed.ToString(culture),
            ["descant.data"] = _material.Summary,
            ["descant.validation"] = score?.ToString() ?? "none",
        };
    }

    private void Save() => _folder.SaveCheckpoint(
        new TrainingState(Step, Trained, Processor, _validated, _bestSdr, _schedule.State, _owesValidation), _parameters, _optimizers, _average);

    private void Resume()
    {
        if (_folder.LoadCheckpoint(_parameters, _optimizers, _average) is not { } state)
        {
            return;
        }

        Step = state.Step;
        _trainedBefore = state.Trained;
        _processorBefore = state.Processor;
        _validated = state.Validated;
        _bestSdr = state.BestSdr;
        _owesValidation = state.OwesValidation;
        _schedule.Restore(state.Schedule);
    }

    private static Optimizer Create(OptimizerRecipe recipe) => recipe.Kind switch
    {
        OptimizerKind.Adam => new Adam(recipe.LearningRate, recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay),
        OptimizerKind.AdamW => new AdamW(recipe.LearningRate, recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay),
        OptimizerKind.RmsProp => new RmsProp(recipe.LearningRate, epsilon: recipe.Epsilon, momentum: recipe.Momentum, weightDecay: recipe.WeightDecay),
        OptimizerKind.Sgd => new Sgd(recipe.LearningRate, momentum: recipe.Momentum, weightDecay: recipe.WeightDecay),
        _ => throw new UnreachableException(),
    };

    /// <summary>The schedule of a rate of 1.</summary>
    private static LearningRateSchedule Create(ScheduleRecipe recipe) => recipe.Kind switch
    {
        ScheduleKind.Constant => new ConstantSchedule(1),
        ScheduleKind.Cosine => new CosineSchedule(1, FractionParts, floor: recipe.Floor),
        ScheduleKind.Step => new StepSchedule(1, recipe.Every, recipe.Factor),
        ScheduleKind.Plateau => new PlateauSchedule(1, recipe.Factor, recipe.Patience, recipe.Cooldown, recipe.Floor),
        _ => throw new UnreachableException(),
    };

    /// <summary>Collects what a report tells.</summary>
    private sealed class Meter(Trainer trainer)
    {
        private readonly DivergenceWatch _divergence = new();
        private readonly TimeLeft _left = new(trainer.SpentShare, trainer.Trained);
        private long _firstStep = trainer.Step;
        private TimeSpan _began = trainer.Trained;
        private TimeSpan _waited;
        private double _loss;
        private double _norm;

        public TimeSpan Age => trainer.Trained - _began;

        public void Add(float loss, double norm, TimeSpan waited)
        {
            _loss += loss;
            _norm = norm;
            _waited += waited;
        }

        public TrainingProgress Report(ValidationScore? validation)
        {
            TimeSpan now = trainer.Trained;
            double seconds = Math.Max((now - _began).TotalSeconds, 1e-9);
            long steps = trainer.Step - _firstStep;
            TimeSpan left = _left.Estimate(trainer.SpentShare, now);
            double loss = steps > 0 ? _loss / steps : double.NaN;
            TrainingProgress progress = new(
                trainer.Step, loss, trainer._optimizers[trainer._objectives[^1].Name].LearningRate, _norm, steps / seconds, _waited.TotalSeconds / seconds, now, left, validation, _divergence.Look(trainer.Step, loss));
            (_firstStep, _began, _waited, _loss) = (trainer.Step, now, TimeSpan.Zero, 0);
            return progress;
        }
    }
}
